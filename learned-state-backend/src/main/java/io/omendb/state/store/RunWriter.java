package io.omendb.state.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes one run file front to back: sections in order, entries in order within each. One thread.
 * The file is complete, and durable, only after {@link #finish()}; closed before, it is worthless
 * and its creator deletes it.
 */
final class RunWriter implements AutoCloseable {

  private static final int WRITE_BYTES = 256 << 10;

  private final StoreFiles.Output output;
  private final StoreOptions options;
  private final KeyHashes hashes;
  private final ByteArrayOutputStream sectionBytes = new ByteArrayOutputStream();
  private final DataOutputStream sections = new DataOutputStream(sectionBytes);
  private int sectionCount;
  private long[] blockOffsets = new long[64];
  private int blockCount;
  private long entryCount;
  private long keyCount;

  private ByteBuffer pending = ByteBuffer.allocate(WRITE_BYTES);
  private long pendingStart;

  // The open block, at pending[blockStart, position).
  private int blockStart;
  private int[] entryOffsets = new int[64];
  private byte[] tags = new byte[64];
  private int blockEntryCount;

  // The open section.
  private long section = -1;
  private int sectionFirstBlock;
  private long sectionEntryCount;
  private long minVersion;
  private long maxVersion;
  private byte[] minKey = EntryCursor.NO_BYTES;
  private List<BlockIndexWriter.Separator> separators = new ArrayList<>();
  private byte[] lastKey = EntryCursor.NO_BYTES;
  private int lastKeyLength = -1;
  private long lastHash;
  private long lastVersion;

  /**
   * @param keyCountMax bound of the distinct keys that will be written
   */
  RunWriter(Path path, StoreOptions options, long keyCountMax) throws IOException {
    this.options = options;
    this.hashes = new KeyHashes(options.filterBitsPerKey(), keyCountMax);
    this.output = options.files().create(path);
    pending.putLong(RunFormat.MAGIC).putInt(RunFormat.FORMAT_VERSION).putInt(0);
    blockStart = pending.position();
    blockOffsets[0] = RunFormat.HEADER_BYTES;
  }

  /** Appends the current entry of {@code cursor}, which is behind all entries before. */
  void append(long entrySection, EntryCursor cursor) throws IOException {
    if (entrySection != section) {
      endSection();
      beginSection(entrySection, cursor);
    }
    int valueLength = cursor.valueLength();
    long entryBytes = (long) RunFormat.ENTRY_HEADER_BYTES + cursor.keyLength + valueLength;
    long blockBytes =
        pending.position()
            - blockStart
            + entryBytes
            + (long) RunFormat.BLOCK_BYTES_PER_ENTRY * (blockEntryCount + 1)
            + RunFormat.BLOCK_TRAILER_BYTES;
    if (blockEntryCount > 0 && blockBytes > options.blockBytes()) {
      endBlock();
    } else if (blockBytes > RunFormat.BLOCK_BYTES_MAX) {
      throw new IllegalArgumentException("an entry of " + entryBytes + " bytes is too large");
    }
    ensureCapacity(entryBytes);
    if (blockEntryCount == entryOffsets.length) {
      entryOffsets = Arrays.copyOf(entryOffsets, 2 * blockEntryCount);
      tags = Arrays.copyOf(tags, 2 * blockEntryCount);
    }
    entryOffsets[blockEntryCount++] = pending.position() - blockStart;
    pending.putLong(cursor.version);
    pending.putInt(cursor.keyLength);
    pending.putInt(cursor.deleted ? RunFormat.DELETED : valueLength);
    pending.put(cursor.keyBytes, cursor.keyOffset, cursor.keyLength);
    cursor.copyValue(pending.array(), pending.position());
    pending.position(pending.position() + valueLength);
    noteEntry(cursor);
  }

  private void noteEntry(EntryCursor cursor) {
    entryCount++;
    sectionEntryCount++;
    minVersion = Math.min(minVersion, cursor.version);
    maxVersion = Math.max(maxVersion, cursor.version);
    boolean sameKey =
        Arrays.equals(
            lastKey,
            0,
            Math.max(0, lastKeyLength),
            cursor.keyBytes,
            cursor.keyOffset,
            cursor.keyOffset + cursor.keyLength);
    if (lastKeyLength < 0 || !sameKey) {
      keyCount++;
      lastHash = KeyHash.of(section, cursor.keyBytes, cursor.keyOffset, cursor.keyLength);
      hashes.add(lastHash);
      if (lastKey.length < cursor.keyLength) {
        lastKey = new byte[Math.max(64, 2 * cursor.keyLength)];
      }
      System.arraycopy(cursor.keyBytes, cursor.keyOffset, lastKey, 0, cursor.keyLength);
      lastKeyLength = cursor.keyLength;
    }
    lastVersion = cursor.version;
    tags[blockEntryCount - 1] = BlockSearch.tag(lastHash);
  }

  private void beginSection(long newSection, EntryCursor first) {
    section = newSection;
    sectionFirstBlock = blockCount;
    sectionEntryCount = 0;
    minVersion = Long.MAX_VALUE;
    maxVersion = Long.MIN_VALUE;
    minKey = Arrays.copyOfRange(first.keyBytes, first.keyOffset, first.keyOffset + first.keyLength);
    separators = new ArrayList<>();
    lastKeyLength = -1;
  }

  private void endSection() throws IOException {
    if (section < 0) {
      return;
    }
    endBlock();
    byte[] maxKey = Arrays.copyOf(lastKey, lastKeyLength);
    sections.writeLong(section);
    sections.writeInt(sectionFirstBlock);
    sections.writeInt(blockCount - sectionFirstBlock);
    sections.writeLong(sectionEntryCount);
    sections.writeLong(minVersion);
    sections.writeLong(maxVersion);
    RunDirectory.writeKey(sections, minKey);
    RunDirectory.writeKey(sections, maxKey);
    BlockIndexWriter.write(
        sections, separators, RunSection.prefixLength(minKey, maxKey), options.epsilon());
    sectionCount++;
  }

  private void endBlock() throws IOException {
    ensureCapacity(
        (long) RunFormat.BLOCK_BYTES_PER_ENTRY * blockEntryCount + RunFormat.BLOCK_TRAILER_BYTES);
    for (int i = 0; i < blockEntryCount; i++) {
      pending.putInt(entryOffsets[i]);
    }
    pending.put(tags, 0, blockEntryCount);
    pending.putInt(blockEntryCount);
    pending.putInt(checksum(pending.array(), blockStart, pending.position() - blockStart));
    separators.add(
        new BlockIndexWriter.Separator(Arrays.copyOf(lastKey, lastKeyLength), lastVersion));
    blockCount++;
    if (blockCount == blockOffsets.length) {
      blockOffsets = Arrays.copyOf(blockOffsets, 2 * blockCount);
    }
    blockOffsets[blockCount] = pendingStart + pending.position();
    blockEntryCount = 0;
    blockStart = pending.position();
    if (pending.position() >= WRITE_BYTES / 2) {
      writePending();
    }
  }

  private void ensureCapacity(long more) {
    if (more > pending.remaining()) {
      long wanted = Math.max(pending.position() + more, 2L * pending.capacity());
      if (pending.position() + more > Integer.MAX_VALUE - 16) {
        throw new IllegalArgumentException("an entry of " + more + " bytes is too large");
      }
      ByteBuffer larger = ByteBuffer.allocate((int) Math.min(wanted, Integer.MAX_VALUE - 16));
      larger.put(pending.flip());
      pending = larger;
    }
  }

  private void writePending() throws IOException {
    pendingStart += pending.position();
    output.write(pending.flip());
    pending.clear();
    blockStart = 0;
  }

  /** Writes filter, directory and footer and syncs the file. */
  void finish() throws IOException {
    endSection();
    section = -1;
    writePending();
    long filterOffset = pendingStart;
    RunFilter filter = hashes.filter();
    if (filter != null) {
      writeChecked(filter.encoded());
    }
    long directoryOffset = pendingStart;
    ByteBuffer head = ByteBuffer.allocate((blockCount + 2) * Long.BYTES);
    head.putInt(blockCount);
    for (int i = 0; i <= blockCount; i++) {
      head.putLong(blockOffsets[i]);
    }
    head.putInt(sectionCount);
    writeChecked(head.flip(), ByteBuffer.wrap(sectionBytes.toByteArray()));
    pending.putLong(filterOffset);
    pending.putLong(directoryOffset);
    pending.putLong(entryCount);
    pending.putLong(keyCount);
    pending.putInt(RunFormat.FORMAT_VERSION);
    pending.putInt(checksum(pending.array(), 0, pending.position()));
    pending.putLong(RunFormat.MAGIC);
    writePending();
    output.sync();
  }

  long keyCount() {
    return keyCount;
  }

  /** Bytes of what was appended so far. */
  long bytesWritten() {
    return pendingStart + pending.position();
  }

  private void writeChecked(ByteBuffer... parts) throws IOException {
    CRC32C crc = new CRC32C();
    for (ByteBuffer part : parts) {
      crc.update(part.duplicate());
      pendingStart += part.remaining();
      output.write(part);
    }
    output.write(ByteBuffer.allocate(RunFormat.CHECKSUM_BYTES).putInt(0, (int) crc.getValue()));
    pendingStart += RunFormat.CHECKSUM_BYTES;
  }

  private static int checksum(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
