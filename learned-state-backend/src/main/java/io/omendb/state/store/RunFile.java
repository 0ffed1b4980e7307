package io.omendb.state.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An open run file: its directory and filter in memory, its blocks read on demand. Immutable and
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
  private final long[] blockOffsets;
  private final long[] sectionIds;
  private final List<RunSection> sections;
  private final @Nullable RunFilter filter;
  private final AtomicReferenceArray<Block> blocks;
  private final BlockCache cache;
  private final StoreMetrics metrics;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile boolean obsolete;

  private RunFile(
      StoreFiles files,
      Path path,
      StoreFiles.Input input,
      Footer footer,
      RunDirectory directory,
      @Nullable RunFilter filter,
      BlockCache cache,
      StoreMetrics metrics) {
    this.files = files;
    this.path = path;
    this.input = input;
    this.length = footer.fileLength;
    this.entryCount = footer.entryCount;
    this.keyCount = footer.keyCount;
    this.footerChecksum = footer.checksum;
    this.blockOffsets = directory.blockOffsets();
    this.sections = directory.sections();
    this.sectionIds = sections.stream().mapToLong(RunSection::section).toArray();
    this.filter = filter;
    this.blocks = new AtomicReferenceArray<>(blockOffsets.length - 1);
    this.cache = cache;
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
  static RunFile open(StoreFiles files, Path path, BlockCache cache, StoreMetrics metrics)
      throws IOException {
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
              readFilter(input, path, footer),
              cache,
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
    int index = Arrays.binarySearch(sectionIds, section);
    return index < 0 ? null : sections.get(index);
  }

  /** Whether a section exists with a key group in the given range. */
  boolean hasKeyGroups(int first, int last) {
    int index = Arrays.binarySearch(sectionIds, (long) first << 32);
    int next = index < 0 ? -index - 1 : index;
    return next < sectionIds.length && Section.keyGroup(sectionIds[next]) <= last;
  }

  /**
   * Offers the newest entry of the key at or below {@code version}, if newer than what {@code
   * lookup} has. {@code hash} is the key's {@link KeyHash}.
   */
  void find(long section, byte[] key, long hash, long version, Lookup lookup) throws IOException {
    RunSection found = section(section);
    if (found == null
        || found.minVersion() > version
        || found.maxVersion() <= lookup.version
        || (filter != null && !filter.mayContain(hash))
        || Arrays.compareUnsigned(key, found.minKey()) < 0
        || Arrays.compareUnsigned(key, found.maxKey()) > 0) {
      return;
    }
    int number = blockOf(found, key, version);
    if (number == found.blockCount()) {
      return;
    }
    Block block = block(found.firstBlock() + number);
    int entry = block.lowerBound(key, version);
    if (entry < block.entryCount() && block.keyEquals(entry, key)) {
      long foundVersion = block.version(entry);
      if (foundVersion > lookup.version) {
        lookup.found(block, entry, foundVersion);
      }
    }
  }

  /**
   * The number, within its section, of the block with the first entry not before (key, version), or
   * the block count. The key lies between the section's first and last. Reads blocks only where the
   * index leaves a choice.
   */
  private int blockOf(RunSection section, byte[] key, long version) throws IOException {
    int low = section.index().low(key, version);
    int high = section.index().high(key, version, low);
    while (low < high) {
      int middle = (low + high) >>> 1;
      Block block = block(section.firstBlock() + middle);
      if (block.compare(block.entryCount() - 1, key, version) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A block from memory, or read and kept. */
  private Block block(int number) throws IOException {
    Block block = blocks.get(number);
    if (block == null) {
      block = load(number);
      cache.admit(blocks, number, block);
    } else if (!block.touched) {
      block.touched = true;
    }
    return block;
  }

  private Block load(int number) throws IOException {
    long offset = blockOffsets[number];
    byte[] bytes = new byte[(int) (blockOffsets[number + 1] - offset)];
    input.readFully(offset, ByteBuffer.wrap(bytes));
    metrics.blockLoads.increment();
    return Block.decode(bytes, path.toString(), offset);
  }

  /**
   * Entries of one section from a key on.
   *
   * @param keepBlocks whether blocks read stay in the cache; compaction would only flush it
   */
  EntryCursor cursor(RunSection section, byte @Nullable [] fromInclusive, boolean keepBlocks) {
    return new Cursor(section, fromInclusive, keepBlocks);
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
      cache.forget(blocks);
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

  private final class Cursor extends EntryCursor {
    private final RunSection section;
    private final boolean keepBlocks;
    private byte @Nullable [] from;
    private @Nullable Block block;
    private int nextBlock;
    private int entry;

    Cursor(RunSection section, byte @Nullable [] from, boolean keepBlocks) {
      this.section = section;
      this.from = from;
      this.keepBlocks = keepBlocks;
    }

    @Override
    boolean advance() throws IOException {
      if (from != null) {
        seek(from);
        from = null;
      } else {
        entry++;
      }
      Block current = block;
      if (current == null || entry >= current.entryCount()) {
        if (nextBlock >= section.blockCount()) {
          return false;
        }
        current = read(nextBlock++);
        block = current;
        entry = 0;
      }
      keyBytes = current.bytes;
      keyOffset = current.keyOffset(entry);
      keyLength = current.keyLength(entry);
      version = current.version(entry);
      deleted = current.isDeleted(entry);
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
      nextBlock = blockOf(section, key, Long.MAX_VALUE);
      if (nextBlock < section.blockCount()) {
        Block first = read(nextBlock++);
        block = first;
        entry = first.lowerBound(key, Long.MAX_VALUE);
      }
    }

    private Block read(int number) throws IOException {
      int numberInRun = section.firstBlock() + number;
      if (keepBlocks) {
        return block(numberInRun);
      }
      Block cached = blocks.get(numberInRun);
      return cached != null ? cached : load(numberInRun);
    }

    private Block current() {
      if (block == null) {
        throw new IllegalStateException("the cursor is on no entry");
      }
      return block;
    }

    @Override
    int valueLength() {
      return current().valueLength(entry);
    }

    @Override
    void copyValue(byte[] target, int offset) {
      Block current = current();
      System.arraycopy(
          current.bytes, current.valueOffset(entry), target, offset, current.valueLength(entry));
    }
  }
}
