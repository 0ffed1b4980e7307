package io.omendb.state.store;

/**
 * The layout of a run file, version 3. All numbers are big-endian; checksums are CRC-32C. {@code
 * docs/run-format.md} has the same with examples.
 *
 * <pre>
 * file      header | data block ... | filter | directory | footer
 * header    i64 magic "OMENRUN1" | i32 format version | i32 0
 * block     entry ... | i32 entry offset[count] | i8 tag[count] | i32 count | i32 checksum of all
 *           before; see {@link BlockSearch#tag}
 * entry     i64 version | i32 key length | i32 value length, -1 for a deletion | key | value
 * filter    see {@link RunFilter} | i32 checksum
 * directory see {@link RunDirectory} | i32 checksum
 * footer    i64 filter offset | i64 directory offset | i64 entries | i64 keys | i32 format version
 *           | i32 checksum of the 36 bytes before | i64 magic
 * </pre>
 */
final class RunFormat {

  static final long MAGIC = 0x4F4D454E52554E31L;
  static final int FORMAT_VERSION = 3;
  static final int HEADER_BYTES = 16;
  static final int FOOTER_BYTES = 48;
  static final int CHECKSUM_BYTES = Integer.BYTES;

  /** Version, key length and value length. */
  static final int ENTRY_HEADER_BYTES = 16;

  static final int KEY_LENGTH_OFFSET = 8;
  static final int VALUE_LENGTH_OFFSET = 12;

  /** Offset and tag. */
  static final int BLOCK_BYTES_PER_ENTRY = 5;

  /** A larger block could not be mapped; see {@link RunBlocks}. */
  static final int BLOCK_BYTES_MAX = 1 << 30;

  /** Count and checksum. */
  static final int BLOCK_TRAILER_BYTES = 8;

  static final int DELETED = -1;

  static final String FILE_SUFFIX = ".run";

  private RunFormat() {}
}
