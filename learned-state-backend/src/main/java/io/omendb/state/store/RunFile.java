package io.omendb.state.store;

import java.io.EOFException;
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
 * An open run file: its directory and filter in memory, its blocks mapped. Immutable and
 * thread-safe.
 *
 * <p>Lives by references: views, memtables, cursors and checkpoints hold them. The last release
 * closes the file, and deletes it if the store has {@linkplain #markObsolete() no more use} for it.
 */
final class RunFile {

  private final StoreFiles files;
  private final Path path;
  private final StoreFiles.Input input;
  private final long length;
  private final long entryCount;
  private final long keyCount;
  private final int footerChecksum;
  private final RunBlocks blocks;
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
      RunDirectory directory,
      RunBlocks blocks,
      @Nullable RunFilter filter,
      StoreMetrics metrics) {
    this.files = files;
    this.path = path;
    this.input = input;
    this.length = footer.fileLength;
    this.entryCount = footer.entryCount;
    this.keyCount = footer.keyCount;
    this.footerChecksum = footer.checksum;
    this.blocks = blocks;
    this.sections = directory.sections();
    this.sectionIds = sections.stream().mapToLong(RunSection::section).toArray();
    this.sectionTable = new SectionTable(sections);
    this.filter = filter;
    this.metrics = metrics;
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
  static RunFile open(StoreFiles files, Path path, StoreMetrics metrics) throws IOException {
    StoreFiles.Input input = files.open(path);
    boolean opened = false;
    try {
      Footer footer = readFooter(input, path);
      long directoryLength = footer.fileLength - RunFormat.FOOTER_BYTES - footer.directoryOffset;
      byte[] directoryBytes =
          readChecked(input, path, footer.directoryOffset, directoryLength, "directory");
      RunDirectory directory;
      try {
        directory = RunDirectory.decode(directoryBytes);
      } catch (EOFException e) {
        throw new CorruptStoreException(
            path.toString(), footer.directoryOffset, "directory ends too soon");
      } catch (IOException e) {
        throw new CorruptStoreException(
            path.toString(), footer.directoryOffset, "directory: " + e.getMessage());
      }
      long[] offsets = directory.blockOffsets();
      if (offsets[offsets.length - 1] != footer.filterOffset) {
        throw new CorruptStoreException(
            path.toString(),
            footer.directoryOffset,
            "blocks end at " + offsets[offsets.length - 1] + ", not at " + footer.filterOffset);
      }
      RunFile run =
          new RunFile(
              files,
              path,
              input,
              footer,
              directory,
              new RunBlocks(input, path, offsets, metrics),
              readFilter(input, path, footer),
              metrics);
      opened = true;
      return run;
    } finally {
      if (!opened) {
        input.close();
      }
    }
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

  private static @Nullable RunFilter readFilter(StoreFiles.Input input, Path path, Footer footer)
      throws IOException {
    long filterLength = footer.directoryOffset - footer.filterOffset;
    if (filterLength == 0) {
      return null;
    }
    byte[] bytes = readChecked(input, path, footer.filterOffset, filterLength, "filter");
    RunFilter filter = RunFilter.decode(ByteBuffer.wrap(bytes));
    if (filter == null) {
      throw new CorruptStoreException(
          path.toString(), footer.filterOffset, "filter lengths do not fit");
    }
    return filter;
  }

  /** Reads a part that ends in its checksum; returns it without. */
  private static byte[] readChecked(
      StoreFiles.Input input, Path path, long offset, long lengthWithChecksum, String what)
      throws IOException {
    if (lengthWithChecksum < RunFormat.CHECKSUM_BYTES
        || lengthWithChecksum > Integer.MAX_VALUE - 16) {
      throw new CorruptStoreException(
          path.toString(), offset, what + " of " + lengthWithChecksum + " bytes");
    }
    int length = (int) lengthWithChecksum - RunFormat.CHECKSUM_BYTES;
    ByteBuffer bytes = ByteBuffer.allocate((int) lengthWithChecksum);
    input.readFully(offset, bytes);
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, length);
    if (bytes.getInt(length) != (int) crc.getValue()) {
      throw new CorruptStoreException(path.toString(), offset, what + " checksum is wrong");
    }
    return Arrays.copyOf(bytes.array(), length);
  }

  Path path() {
    return path;
  }

  String name() {
    return String.valueOf(path.getFileName());
  }

  long length() {
    return length;
  }

  long entryCount() {
    return entryCount;
  }

  /** Distinct keys over all sections. */
  long keyCount() {
    return keyCount;
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
    return footerChecksum;
  }

  List<RunSection> sections() {
    return sections;
  }

  @Nullable RunSection section(long section) {
    return sectionTable.find(section);
  }

  /** Whether a section exists with a key group in the given range. */
  boolean hasKeyGroups(int first, int last) {
    int index = Arrays.binarySearch(sectionIds, (long) first << 32);
    int next = index < 0 ? -index - 1 : index;
    return next < sectionIds.length && Section.keyGroup(sectionIds[next]) <= last;
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
    int number = blockOf(found, key, keyLength, version);
    if (number == found.blockCount()) {
      return;
    }
    int block = found.firstBlock() + number;
    ByteBuffer window = blocks.window(block);
    int entry =
        BlockSearch.find(
            window, blocks.start(block), blocks.length(block), key, keyLength, hash, version);
    if (entry < 0) {
      metrics.filterFalsePositives.increment();
      return;
    }
    long foundVersion = window.getLong(entry);
    if (foundVersion > lookup.version) {
      int valueLength = window.getInt(entry + RunFormat.VALUE_LENGTH_OFFSET);
      if (valueLength == RunFormat.DELETED) {
        lookup.foundDeletion(foundVersion);
      } else {
        lookup.found(
            foundVersion, window, entry + RunFormat.ENTRY_HEADER_BYTES + keyLength, valueLength);
      }
    }
  }

  /**
   * The number, within its section, of the block with the first entry not before (key, version), or
   * the block count, for a key with the section's prefix. Reads blocks only where the index leaves
   * a choice.
   */
  private int blockOf(RunSection section, byte[] key, int keyLength, long version)
      throws IOException {
    int low = section.index().low(key, keyLength, version);
    int high = section.index().high(key, keyLength, version, low);
    while (low < high) {
      int middle = (low + high) >>> 1;
      int block = section.firstBlock() + middle;
      int order =
          BlockSearch.compareLast(
              blocks.window(block),
              blocks.start(block),
              blocks.length(block),
              key,
              keyLength,
              version);
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Entries of one section from a key on. */
  EntryCursor cursor(RunSection section, byte @Nullable [] fromInclusive) {
    return new Cursor(section, fromInclusive);
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
        input.close();
        if (obsolete) {
          files.deleteIfExists(path);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot give up run file " + path, e);
      }
    }
  }

  /** Reads blocks where they lie; only keys are copied, one at a time. */
  private final class Cursor extends EntryCursor {
    private final RunSection section;
    private byte @Nullable [] from;
    private byte[] scratch = new byte[64];
    private @Nullable ByteBuffer window;
    private int blockStart;
    private int offsets;
    private int entryCount;
    private int nextBlock;
    private int entry;
    private int valueOffset;
    private int valueLength;

    Cursor(RunSection section, byte @Nullable [] from) {
      this.section = section;
      this.from = from;
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
      show(current(), blockStart + current().getInt(offsets + Integer.BYTES * entry));
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
      nextBlock = blockOf(section, key, key.length, Long.MAX_VALUE);
      if (nextBlock < section.blockCount()) {
        enter(nextBlock++);
        entry = BlockSearch.lowerBound(current(), blockStart, offsets, entryCount, key);
      }
    }

    private void enter(int number) throws IOException {
      int block = section.firstBlock() + number;
      ByteBuffer entered = blocks.window(block);
      window = entered;
      blockStart = blocks.start(block);
      int countOffset = blockStart + blocks.length(block) - RunFormat.BLOCK_TRAILER_BYTES;
      entryCount = entered.getInt(countOffset);
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

    private ByteBuffer current() {
      if (window == null) {
        throw new IllegalStateException("the cursor is on no entry");
      }
      return window;
    }

    @Override
    int valueLength() {
      return valueLength;
    }

    @Override
    boolean mayDrop(EntryFilter.Pass filter) {
      return filter.mayDrop(current(), valueOffset, valueLength);
    }

    @Override
    void copyValue(byte[] target, int offset) {
      current().get(valueOffset, target, offset, valueLength);
    }
  }
}
