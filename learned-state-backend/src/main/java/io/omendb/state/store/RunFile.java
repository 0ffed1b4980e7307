package io.omendb.state.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An open run file. Filter and directory lie in memory as they lie in the file: in the store's
 * memory while there is room ({@link FinderMemory}), otherwise in a mapping. Immutable and
 * thread-safe.
 *
 * <p>Lives by references: views, memtables, cursors and checkpoints hold them. The last release
 * closes the file, and deletes it if the store has {@linkplain #markObsolete() no more use} for it.
 */
final class RunFile {

  /** Cache lines: a filter's blocks are aligned where its memory is. */
  private static final int ALIGNMENT = 64;

  private static final int NOT_IN_MEMORY = -1;

  private final StoreFiles files;
  private final Path path;
  private final StoreFiles.Input input;
  private final Footer footer;
  private final Finder finder;
  private final RunBlocks blocks;
  private final Residency residency;
  private final ReadGuard guard;
  private final long[] sectionIds;
  private final List<RunSection> sections;
  private final SectionTable sectionTable;
  private final @Nullable RunFilter filter;
  private final StoreMetrics metrics;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile boolean obsolete;

  private RunFile(
      StoreFiles files,
      Path path,
      StoreFiles.Input input,
      Footer footer,
      Finder finder,
      Surroundings surroundings)
      throws IOException {
    this.files = files;
    this.path = path;
    this.input = input;
    this.footer = footer;
    this.finder = finder;
    this.metrics = surroundings.metrics();
    this.residency = surroundings.residency();
    this.guard = surroundings.guard();
    RunDirectory directory = directory();
    this.sections = directory.sections();
    this.sectionIds = sections.stream().mapToLong(RunSection::section).toArray();
    this.sectionTable = new SectionTable(sections);
    this.filter = filter();
    this.blocks =
        new RunBlocks(
            input,
            path,
            directory.blockCount(),
            directory.blockOffsets(),
            residency,
            surroundings.blocks(),
            metrics);
  }

  /** What the runs of one store share. */
  record Surroundings(
      FinderMemory memory,
      Residency residency,
      BlockMemory blocks,
      ReadGuard guard,
      StoreMetrics metrics) {}

  /**
   * The bytes from the filter to before the footer.
   *
   * @param allocated their memory, null if they are mapped
   */
  private record Finder(ByteBuffer bytes, @Nullable ByteBuffer allocated, FinderMemory memory) {

    void release() {
      if (allocated != null) {
        memory.release(allocated, memoryBytes(bytes.capacity()));
      }
    }

    static int memoryBytes(int length) {
      return Math.addExact(length, 2 * ALIGNMENT);
    }
  }

  private record Footer(
      long fileLength,
      long filterOffset,
      long directoryOffset,
      long entryCount,
      long keyCount,
      int checksum) {}

  /**
   * Opens a file and verifies header, footer, directory and filter. The caller holds a reference.
   */
  static RunFile open(StoreFiles files, Path path, Surroundings surroundings) throws IOException {
    StoreFiles.Input input = files.open(path);
    Finder finder = null;
    boolean opened = false;
    try {
      Footer footer = readFooter(input, path);
      finder = readFinder(input, path, footer, surroundings.memory());
      RunFile run = new RunFile(files, path, input, footer, finder, surroundings);
      opened = true;
      return run;
    } finally {
      if (!opened) {
        if (finder != null) {
          finder.release();
        }
        input.close();
      }
    }
  }

  private static Finder readFinder(
      StoreFiles.Input input, Path path, Footer footer, FinderMemory memory) throws IOException {
    long length = footer.fileLength - RunFormat.FOOTER_BYTES - footer.filterOffset;
    if (length > Integer.MAX_VALUE - 4 * ALIGNMENT) {
      throw new CorruptStoreException(
          path.toString(), footer.filterOffset, "filter and directory of " + length + " bytes");
    }
    ByteBuffer allocated = memory.tryAllocate(Finder.memoryBytes((int) length));
    if (allocated == null) {
      return new Finder(input.map(footer.filterOffset, (int) length), null, memory);
    }
    boolean read = false;
    try {
      ByteBuffer bytes = allocated.clear().alignedSlice(ALIGNMENT).slice(0, (int) length);
      input.readFully(footer.filterOffset, bytes);
      read = true;
      return new Finder(bytes.clear(), allocated, memory);
    } finally {
      if (!read) {
        memory.release(allocated, Finder.memoryBytes((int) length));
      }
    }
  }

  private RunDirectory directory() throws IOException {
    ByteBuffer bytes =
        checked(footer.directoryOffset, footer.fileLength - RunFormat.FOOTER_BYTES, "directory");
    RunDirectory directory;
    try {
      directory = RunDirectory.decode(bytes);
    } catch (IOException e) {
      throw new CorruptStoreException(
          path.toString(), footer.directoryOffset, "directory: " + e.getMessage());
    }
    long end = directory.blockOffsets().get(directory.blockCount());
    if (end != footer.filterOffset) {
      throw new CorruptStoreException(
          path.toString(),
          footer.directoryOffset,
          "blocks end at " + end + ", not at " + footer.filterOffset);
    }
    return directory;
  }

  private @Nullable RunFilter filter() throws IOException {
    if (footer.filterOffset == footer.directoryOffset) {
      return null;
    }
    RunFilter read = RunFilter.of(checked(footer.filterOffset, footer.directoryOffset, "filter"));
    if (read == null) {
      throw new CorruptStoreException(
          path.toString(), footer.filterOffset, "filter lengths do not fit");
    }
    return read;
  }

  /** A part of the finder that ends in its checksum, without that. */
  private ByteBuffer checked(long start, long end, String what) throws CorruptStoreException {
    long length = end - start - RunFormat.CHECKSUM_BYTES;
    if (length < 0) {
      throw new CorruptStoreException(
          path.toString(), start, what + " of " + (end - start) + " bytes");
    }
    int offset = (int) (start - footer.filterOffset);
    ByteBuffer bytes = finder.bytes.slice(offset, (int) length);
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    if (finder.bytes.getInt(offset + (int) length) != (int) crc.getValue()) {
      throw new CorruptStoreException(path.toString(), start, what + " checksum is wrong");
    }
    return bytes;
  }

  private static Footer readFooter(StoreFiles.Input input, Path path) throws IOException {
    long length = input.length();
    String file = path.toString();
    if (length < RunFormat.HEADER_BYTES + RunFormat.FOOTER_BYTES) {
      throw new CorruptStoreException(file, length, "too short for a run: " + length + " bytes");
    }
    ByteBuffer header = ByteBuffer.allocate(RunFormat.HEADER_BYTES);
    input.readFully(0, header);
    if (header.getLong(0) != RunFormat.MAGIC) {
      throw new CorruptStoreException(file, 0, "not a run file");
    }
    if (header.getInt(8) != RunFormat.FORMAT_VERSION) {
      throw new CorruptStoreException(
          file, 8, "expected run format " + RunFormat.FORMAT_VERSION + ", got " + header.getInt(8));
    }
    long footerOffset = length - RunFormat.FOOTER_BYTES;
    ByteBuffer footer = ByteBuffer.allocate(RunFormat.FOOTER_BYTES);
    input.readFully(footerOffset, footer);
    CRC32C crc = new CRC32C();
    crc.update(footer.array(), 0, 36);
    if (footer.getLong(40) != RunFormat.MAGIC || footer.getInt(36) != (int) crc.getValue()) {
      throw new CorruptStoreException(file, footerOffset, "footer checksum or magic is wrong");
    }
    long filterOffset = footer.getLong(0);
    long directoryOffset = footer.getLong(8);
    if (filterOffset < RunFormat.HEADER_BYTES
        || directoryOffset < filterOffset
        || directoryOffset > footerOffset) {
      throw new CorruptStoreException(file, footerOffset, "footer offsets are out of order");
    }
    return new Footer(
        length,
        filterOffset,
        directoryOffset,
        footer.getLong(16),
        footer.getLong(24),
        footer.getInt(36));
  }

  Path path() {
    return path;
  }

  String name() {
    return String.valueOf(path.getFileName());
  }

  long length() {
    return footer.fileLength;
  }

  long entryCount() {
    return footer.entryCount;
  }

  /** Distinct keys over all sections. */
  long keyCount() {
    return footer.keyCount;
  }

  /** Memory of where blocks begin. */
  long blockOffsetBytes() {
    return Long.BYTES * (blocks.count() + 1L);
  }

  /** Memory of the filter, 0 without one. */
  long filterBytes() {
    return filter == null ? 0 : filter.memoryBytes();
  }

  /** Identifies the content, with the length. */
  int footerChecksum() {
    return footer.checksum;
  }

  List<RunSection> sections() {
    return sections;
  }

  @Nullable RunSection section(long section) {
    return sectionTable.find(section);
  }

  /** The lowest key group of any section; a run has at least one. */
  int firstKeyGroup() {
    return Section.keyGroup(sectionIds[0]);
  }

  /** The highest key group of any section. */
  int lastKeyGroup() {
    return Section.keyGroup(sectionIds[sectionIds.length - 1]);
  }

  /** Bytes of the data blocks of a range of key groups. */
  long dataBytes(int firstGroup, int lastGroup) {
    int from = firstSection(firstGroup);
    int to = lastGroup == Integer.MAX_VALUE ? sectionIds.length : firstSection(lastGroup + 1);
    return from >= to ? 0 : blocks.offset(endBlock(to)) - blocks.offset(endBlock(from));
  }

  /** The first section of a key group or a later one. */
  private int firstSection(int keyGroup) {
    int index = Arrays.binarySearch(sectionIds, (long) keyGroup << 32);
    return index < 0 ? -index - 1 : index;
  }

  /** Where a section's blocks begin, or those of all before end. */
  private int endBlock(int section) {
    return section == sectionIds.length ? blocks.count() : sections.get(section).firstBlock();
  }

  /**
   * Offers the newest entry of {@code key[0, keyLength)} at or below {@code version}, if newer than
   * what {@code lookup} has. {@code hash} is the key's {@link KeyHash}.
   */
  void find(long section, byte[] key, int keyLength, long hash, long version, Lookup lookup)
      throws IOException {
    if (filter != null && !filter.mayContain(hash)) {
      lookup.filterHits++;
      return;
    }
    RunSection found = sectionTable.find(section);
    if (found == null || found.minVersion() > version || found.maxVersion() <= lookup.version) {
      return;
    }
    // A key that lacks the section's prefix is sought in a wrong block, and not found there.
    int number =
        blockOf(found, key, keyLength, version, lookup.view(), lookup.isRestrictedToMemory());
    if (number == NOT_IN_MEMORY) {
      lookup.giveUp();
      return;
    }
    if (number == found.blockCount()) {
      return;
    }
    BlockView view = lookup.view();
    boolean asks = lookup.asks(residency.askEvery());
    if (!read(found.firstBlock() + number, view, asks, lookup.isRestrictedToMemory())) {
      lookup.giveUp();
      return;
    }
    int entry =
        BlockSearch.find(view.bytes(), view.start(), view.length(), key, keyLength, hash, version);
    if (entry < 0) {
      metrics.filterFalsePositives.increment();
      return;
    }
    long foundVersion = view.bytes().getLong(entry);
    if (foundVersion > lookup.version) {
      int valueLength = view.bytes().getInt(entry + RunFormat.VALUE_LENGTH_OFFSET);
      if (valueLength == RunFormat.DELETED) {
        lookup.foundDeletion(foundVersion);
      } else {
        lookup.foundInView(
            foundVersion, entry + RunFormat.ENTRY_HEADER_BYTES + keyLength, valueLength);
      }
    }
  }

  /**
   * The number, within its section, of the block with the first entry not before (key, version), or
   * the block count, for a key with the section's prefix. Reads blocks only where the index leaves
   * a choice; NOT_IN_MEMORY where the lookup may not.
   */
  private int blockOf(
      RunSection section,
      byte[] key,
      int keyLength,
      long version,
      BlockView view,
      boolean memoryOnly)
      throws IOException {
    int low = section.index().low(key, keyLength, version);
    int high = section.index().high(key, keyLength, version, low);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (!read(section.firstBlock() + middle, view, false, memoryOnly)) {
        return NOT_IN_MEMORY;
      }
      int order =
          BlockSearch.compareLast(
              view.bytes(), view.start(), view.length(), key, keyLength, version);
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Shows a block; false where it is not in memory and the reader may not wait. */
  private boolean read(int block, BlockView view, boolean ask, boolean memoryOnly)
      throws IOException {
    if (memoryOnly) {
      return blocks.readInMemory(block, view, ask);
    }
    blocks.read(block, view, ask);
    return true;
  }

  /** Entries of one section from a key on, of which few or many may be read. */
  EntryCursor cursor(RunSection section, byte @Nullable [] fromInclusive) {
    return new Cursor(section, fromInclusive, false);
  }

  /** All entries of one section, for a reader of whole runs. */
  EntryCursor sequentialCursor(RunSection section) {
    return new Cursor(section, null, true);
  }

  void retain() {
    references.incrementAndGet();
  }

  /** From now on the file is deleted when it is no longer referenced. */
  void markObsolete() {
    obsolete = true;
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      try {
        finder.release();
        input.close();
        if (obsolete) {
          files.deleteIfExists(path);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot give up run file " + path, e);
      }
    }
  }

  /**
   * Of an entry that is shown only the key is copied. What it reads is pinned by a reference to the
   * file, but for blocks in the store's cache, which it copies within a section of the guard.
   */
  private final class Cursor extends EntryCursor {
    private final RunSection section;
    private byte @Nullable [] from;
    private byte[] scratch = new byte[64];
    private final boolean sequential;
    private final BlockView view = new BlockView();
    private int blocksEntered;
    private int offsets;
    private int entryCount;
    private int nextBlock;
    private int entry;
    private int valueOffset;
    private int valueLength;

    Cursor(RunSection section, byte @Nullable [] from, boolean sequential) {
      this.section = section;
      this.from = from;
      this.sequential = sequential;
    }

    @Override
    boolean advance() throws IOException {
      if (from != null) {
        seek(from);
        from = null;
      } else {
        entry++;
      }
      if (entry >= entryCount) {
        if (nextBlock >= section.blockCount()) {
          return false;
        }
        enter(nextBlock++);
      }
      show(view.bytes(), view.start() + view.bytes().getInt(offsets + Integer.BYTES * entry));
      return true;
    }

    private void seek(byte[] key) throws IOException {
      if (Arrays.compareUnsigned(key, section.minKey()) <= 0) {
        return;
      }
      if (Arrays.compareUnsigned(key, section.maxKey()) > 0) {
        nextBlock = section.blockCount();
        return;
      }
      int ticket = guard.enter();
      try {
        nextBlock = blockOf(section, key, key.length, Long.MAX_VALUE, view, false);
      } finally {
        guard.exit(ticket);
      }
      if (nextBlock < section.blockCount()) {
        enter(nextBlock++);
        entry = BlockSearch.lowerBound(view.bytes(), view.start(), offsets, entryCount, key);
      }
    }

    private void enter(int number) throws IOException {
      int block = section.firstBlock() + number;
      if (sequential) {
        blocks.readMapped(block, view);
      } else {
        boolean ask = (blocksEntered++ & (residency.askEvery() - 1)) == 0;
        int ticket = guard.enter();
        try {
          blocks.read(block, view, ask);
        } finally {
          guard.exit(ticket);
        }
      }
      int countOffset = view.start() + view.length() - RunFormat.BLOCK_TRAILER_BYTES;
      entryCount = view.bytes().getInt(countOffset);
      offsets = countOffset - RunFormat.BLOCK_BYTES_PER_ENTRY * entryCount;
      entry = 0;
    }

    private void show(ByteBuffer source, int offset) {
      version = source.getLong(offset);
      keyLength = source.getInt(offset + RunFormat.KEY_LENGTH_OFFSET);
      if (scratch.length < keyLength) {
        scratch = new byte[Math.max(keyLength, 2 * scratch.length)];
      }
      keyBytes = scratch;
      source.get(offset + RunFormat.ENTRY_HEADER_BYTES, scratch, 0, keyLength);
      int length = source.getInt(offset + RunFormat.VALUE_LENGTH_OFFSET);
      deleted = length == RunFormat.DELETED;
      valueLength = Math.max(0, length);
      valueOffset = offset + RunFormat.ENTRY_HEADER_BYTES + keyLength;
    }

    @Override
    int valueLength() {
      return valueLength;
    }

    @Override
    boolean mayDrop(EntryFilter.Pass filter) {
      return filter.mayDrop(view.bytes(), valueOffset, valueLength);
    }

    @Override
    void copyValue(byte[] target, int offset) {
      view.bytes().get(valueOffset, target, offset, valueLength);
    }
  }
}
