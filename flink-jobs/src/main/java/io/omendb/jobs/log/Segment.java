package io.omendb.jobs.log;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of the log and its bytes. All integers are big-endian.
 *
 * <pre>
 * header, 32 bytes
 *   0   4  magic "OLOG"
 *   4   4  version = 1
 *   8   8  base: log position of the first frame
 *   16  8  epoch that created the segment
 *   24  4  CRC32C of bytes 0 to 23
 *   28  4  zero
 * frame, 20 bytes and a payload; frames follow each other from offset 32
 *   0   4  magic "OFRM"
 *   4   4  payload bytes, at least 1
 *   8   8  group: log position at which the group of this frame begins
 *   16  4  CRC32C of bytes 4 to 15 and of the payload
 *   20     payload: one record, see {@link LogRecordCodec}
 * </pre>
 *
 * <p>A log position is a byte offset of frames without the segment headers: position {@code p} is
 * at file offset {@code p - base + 32}. A segment's frames end where the next segment's base is;
 * the last segment's end at the first bytes that are no frame. The file's name is its base in 20
 * digits.
 */
record Segment(long base, Path file) {
  static final int HEADER_BYTES = 32;
  static final int FRAME_BYTES = 20;
  static final int FRAME_MAGIC = 0x4F46524D;

  /** Bound of a frame's payload, checked before anything is allocated for it. */
  static final int PAYLOAD_BYTES_MAX = 1 << 30;

  static final String SUFFIX = ".log";

  private static final int MAGIC = 0x4F4C4F47;
  private static final int VERSION = 1;

  /** A frame's fixed part. */
  record Frame(int payloadBytes, long group, int checksum) {
    long bytes() {
      return FRAME_BYTES + (long) payloadBytes;
    }
  }

  static String fileName(long base) {
    return String.format(Locale.ROOT, "%020d", base) + SUFFIX;
  }

  long offset(long position) {
    return position - base + HEADER_BYTES;
  }

  static ByteBuffer header(long base, long epoch) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putInt(MAGIC).putInt(VERSION).putLong(base).putLong(epoch);
    CRC32C crc = new CRC32C();
    crc.update(header.array(), 0, header.position());
    header.putInt((int) crc.getValue()).putInt(0);
    return header.flip();
  }

  /** Reads and checks a segment's header; returns the epoch that created it. */
  static long checkHeader(LogFile open, Path file, long base) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    if (open.read(header, 0) < HEADER_BYTES) {
      throw corrupted(file, 0, "the file is shorter than a segment header");
    }
    header.flip();
    CRC32C crc = new CRC32C();
    crc.update(header.array(), 0, 24);
    if (header.getInt(0) != MAGIC || header.getInt(24) != (int) crc.getValue()) {
      throw corrupted(file, 0, "this is no segment header");
    }
    if (header.getInt(4) != VERSION) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "log segment %s has version %d; this release reads version %d"
              .formatted(file, header.getInt(4), VERSION));
    }
    if (header.getLong(8) != base) {
      throw corrupted(
          file, 8, "expected base position %d, got %d".formatted(base, header.getLong(8)));
    }
    return header.getLong(16);
  }

  /** The fixed part of a frame at {@code offset}; null where there is none. */
  static @Nullable Frame frame(byte[] bytes, int offset) {
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, FRAME_BYTES);
    int magic = in.getInt();
    int payloadBytes = in.getInt();
    long group = in.getLong();
    if (magic != FRAME_MAGIC || payloadBytes < 1 || payloadBytes > PAYLOAD_BYTES_MAX) {
      return null;
    }
    return new Frame(payloadBytes, group, in.getInt());
  }

  /** The checksum of a frame whose bytes start at {@code offset}. */
  static int checksum(byte[] bytes, int offset, int payloadBytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset + 4, 12);
    crc.update(bytes, offset + FRAME_BYTES, payloadBytes);
    return (int) crc.getValue();
  }

  /** Fills in the fixed part before a payload that stands in the buffer already. */
  static void fillFrame(byte[] bytes, int offset, int payloadBytes, long group) {
    putFrame(ByteBuffer.wrap(bytes, offset, FRAME_BYTES), payloadBytes, group)
        .putInt(checksum(bytes, offset, payloadBytes));
  }

  private static ByteBuffer putFrame(ByteBuffer frame, int payloadBytes, long group) {
    return frame.putInt(FRAME_MAGIC).putInt(payloadBytes).putLong(group);
  }

  /** The checksum of a frame whose payload is to be added to it, piece by piece. */
  static CRC32C beginChecksum(int payloadBytes, long group) {
    byte[] frame = new byte[FRAME_BYTES];
    putFrame(ByteBuffer.wrap(frame), payloadBytes, group);
    CRC32C crc = new CRC32C();
    crc.update(frame, 4, 12);
    return crc;
  }

  /** The fixed part of a frame whose checksum is known. */
  static ByteBuffer frame(int payloadBytes, long group, CRC32C crc) {
    return putFrame(ByteBuffer.allocate(FRAME_BYTES), payloadBytes, group)
        .putInt((int) crc.getValue())
        .flip();
  }

  static OmenException corrupted(Path file, long offset, String what) {
    return new OmenException(
        ErrorCode.DATA_CORRUPTED,
        "commit log %s is corrupt at offset %d: %s".formatted(file, offset, what));
  }
}
