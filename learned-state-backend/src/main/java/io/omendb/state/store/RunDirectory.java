package io.omendb.state.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory of a run: where its blocks are and which sections they belong to.
 *
 * <pre>
 * i32 block count | i32 block length[block count] | i32 section count | section ...
 * section  i64 section | i32 first block | i32 block count | i64 entries | i64 min version
 *          | i64 max version | key first | key last | index
 * key      i32 length | bytes
 * index    u8 kind, then per kind:
 *   0 features    i64 feature[block count]
 *   1 model       i64 feature[block count] | model (see PiecewiseLinearModel#writeTo)
 *   2 separators  per block: i64 version | key
 * </pre>
 *
 * @param blockOffsets file offset of each block, and as last element where the last one ends
 * @param sections in order
 */
record RunDirectory(long[] blockOffsets, List<RunSection> sections) {

  static void writeKey(DataOutput out, byte[] key) throws IOException {
    out.writeInt(key.length);
    out.write(key);
  }

  static byte[] readKey(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0 || (in instanceof DataInputStream stream && length > stream.available())) {
      throw new IOException("a key of " + length + " bytes");
    }
    byte[] key = new byte[length];
    in.readFully(key);
    return key;
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      int blockCount = blockOffsets.length - 1;
      out.writeInt(blockCount);
      for (int i = 0; i < blockCount; i++) {
        out.writeInt((int) (blockOffsets[i + 1] - blockOffsets[i]));
      }
      out.writeInt(sections.size());
      for (RunSection section : sections) {
        out.writeLong(section.section());
        out.writeInt(section.firstBlock());
        out.writeInt(section.blockCount());
        out.writeLong(section.entryCount());
        out.writeLong(section.minVersion());
        out.writeLong(section.maxVersion());
        writeKey(out, section.minKey());
        writeKey(out, section.maxKey());
        section.index().writeTo(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Reads what {@link #encode} wrote. The bytes' checksum is verified already. */
  static RunDirectory decode(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int blockCount = boundedCount(in, in.readInt(), Integer.BYTES);
      long[] blockOffsets = new long[blockCount + 1];
      blockOffsets[0] = RunFormat.HEADER_BYTES;
      for (int i = 0; i < blockCount; i++) {
        int length = in.readInt();
        if (length < RunFormat.BLOCK_TRAILER_BYTES) {
          throw new IOException("a block of " + length + " bytes");
        }
        blockOffsets[i + 1] = blockOffsets[i] + length;
      }
      int sectionCount = boundedCount(in, in.readInt(), Long.BYTES);
      List<RunSection> sections = new ArrayList<>(sectionCount);
      for (int i = 0; i < sectionCount; i++) {
        sections.add(readSection(in, blockCount));
      }
      return new RunDirectory(blockOffsets, sections);
    }
  }

  private static RunSection readSection(DataInputStream in, int runBlockCount) throws IOException {
    long section = in.readLong();
    int firstBlock = in.readInt();
    int blockCount = in.readInt();
    if (firstBlock < 0 || blockCount < 1 || (long) firstBlock + blockCount > runBlockCount) {
      throw new IOException(
          "a section of "
              + blockCount
              + " blocks from block "
              + firstBlock
              + " of "
              + runBlockCount);
    }
    long entryCount = in.readLong();
    long minVersion = in.readLong();
    long maxVersion = in.readLong();
    byte[] minKey = readKey(in);
    byte[] maxKey = readKey(in);
    BlockIndex index = BlockIndex.readFrom(in, blockCount, RunSection.prefixLength(minKey, maxKey));
    return new RunSection(
        section, firstBlock, blockCount, entryCount, minVersion, maxVersion, minKey, maxKey, index);
  }

  private static int boundedCount(DataInputStream in, int count, int bytesEachMin)
      throws IOException {
    if (count < 0 || (long) count * bytesEachMin > in.available()) {
      throw new IOException("a count of " + count + " with " + in.available() + " bytes left");
    }
    return count;
  }
}
