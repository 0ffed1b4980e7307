package io.omendb.state.store;

import java.io.DataOutput;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory of a run: where its blocks are and which sections they belong to. It is read where
 * it lies.
 *
 * <pre>
 * i32 block count | i64 file offset of each block, and of where the last one ends
 * i32 section count | section ...
 * section  i64 section | i32 first block | i32 block count | i64 entries | i64 min version
 *          | i64 max version | key first | key last | index (see BlockIndex)
 * key      i32 length | bytes
 * </pre>
 *
 * @param blockCount number of blocks
 * @param blockOffsets file offset of each block, and as last element where the last one ends
 * @param sections in order
 */
record RunDirectory(int blockCount, LongBuffer blockOffsets, List<RunSection> sections) {

  static void writeKey(DataOutput out, byte[] key) throws IOException {
    out.writeInt(key.length);
    out.write(key);
  }

  private static byte[] readKey(ByteBuffer in) throws IOException {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new IOException("a key of " + length + " bytes");
    }
    byte[] key = new byte[length];
    in.get(key);
    return key;
  }

  /** Reads what a {@link RunWriter} wrote. The bytes' checksum is verified already. */
  static RunDirectory decode(ByteBuffer bytes) throws IOException {
    try {
      ByteBuffer in = bytes.duplicate();
      int blockCount = boundedCount(in, in.getInt(), Long.BYTES);
      LongBuffer offsets = BlockIndex.take(in, (blockCount + 1L) * Long.BYTES).asLongBuffer();
      for (int i = 0; i < blockCount; i++) {
        long length = offsets.get(i + 1) - offsets.get(i);
        if (length < RunFormat.BLOCK_TRAILER_BYTES || length > RunFormat.BLOCK_BYTES_MAX) {
          throw new IOException("a block of " + length + " bytes");
        }
      }
      if (offsets.get(0) != RunFormat.HEADER_BYTES) {
        throw new IOException("the first block at " + offsets.get(0));
      }
      int sectionCount = boundedCount(in, in.getInt(), Long.BYTES);
      if (sectionCount == 0) {
        throw new IOException("no section");
      }
      List<RunSection> sections = new ArrayList<>(sectionCount);
      for (int i = 0; i < sectionCount; i++) {
        sections.add(readSection(in, blockCount));
      }
      return new RunDirectory(blockCount, offsets, sections);
    } catch (BufferUnderflowException e) {
      throw new IOException("it ends too soon", e);
    }
  }

  private static RunSection readSection(ByteBuffer in, int runBlockCount) throws IOException {
    long section = in.getLong();
    int firstBlock = in.getInt();
    int blockCount = in.getInt();
    if (firstBlock < 0 || blockCount < 1 || (long) firstBlock + blockCount > runBlockCount) {
      throw new IOException(
          "a section of "
              + blockCount
              + " blocks from block "
              + firstBlock
              + " of "
              + runBlockCount);
    }
    long entryCount = in.getLong();
    long minVersion = in.getLong();
    long maxVersion = in.getLong();
    byte[] minKey = readKey(in);
    byte[] maxKey = readKey(in);
    BlockIndex index = BlockIndex.readFrom(in, blockCount, RunSection.prefixLength(minKey, maxKey));
    return new RunSection(
        section, firstBlock, blockCount, entryCount, minVersion, maxVersion, minKey, maxKey, index);
  }

  private static int boundedCount(ByteBuffer in, int count, int bytesEachMin) throws IOException {
    if (count < 0 || (long) count * bytesEachMin > in.remaining()) {
      throw new IOException("a count of " + count + " with " + in.remaining() + " bytes left");
    }
    return count;
  }
}
