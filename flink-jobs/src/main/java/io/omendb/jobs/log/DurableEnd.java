package io.omendb.jobs.log;

import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The file {@code durable-end}: a log position up to which everything was durable once. Without it
 * an acknowledged group that was damaged at the log's end could not be told from one that was never
 * written wholly. It is made with the log, before its first segment, so a log without it has lost
 * it.
 *
 * <p>Written in place after each group's sync and before the group is acknowledged, without a sync
 * of its own: what the operating system has taken outlives the process, and should the machine die,
 * an older value says less but nothing wrong. Two equal copies, so that a damaged byte leaves one.
 *
 * <pre>
 * each of two copies, at 0 and at 32
 *   0   4  magic "ODUR"
 *   4   4  version = 1
 *   8   8  position, big-endian like all
 *   16  4  CRC32C of bytes 0 to 15
 *   20  12 zero
 * </pre>
 */
final class DurableEnd implements AutoCloseable {
  static final String NAME = "durable-end";

  private static final int MAGIC = 0x4F445552;
  private static final int VERSION = 1;
  private static final int COPY_BYTES = 32;
  private static final int CHECKED_BYTES = 16;

  private final LogFile file;

  private DurableEnd(LogFile file) {
    this.file = file;
  }

  /** Makes the file of a new log, durably. */
  static void create(LogFileSystem files, Path directory) throws IOException {
    Path temporary = directory.resolve(NAME + ".tmp");
    try (LogFile made = files.create(temporary)) {
      made.write(encode(0), 0);
      made.force();
    }
    files.rename(temporary, directory.resolve(NAME));
    files.syncDirectory(directory);
  }

  /** The position; DATA_CORRUPTED where there is no file or no intact copy in it. */
  static long read(LogFileSystem files, Path directory) throws IOException {
    Path path = directory.resolve(NAME);
    ByteBuffer bytes = ByteBuffer.allocate(2 * COPY_BYTES);
    try (LogFile file = files.openForRead(path)) {
      int count = file.read(bytes, 0);
      bytes.flip();
      long position = -1;
      for (int at = 0; at + CHECKED_BYTES + Integer.BYTES <= count; at += COPY_BYTES) {
        position = Math.max(position, decode(bytes, at));
      }
      if (position < 0) {
        throw Segment.corrupted(
            path, 0, "no intact copy of the position up to which the log was durable");
      }
      return position;
    } catch (NoSuchFileException e) {
      throw Segment.corrupted(
          path, 0, "the file is missing, so it cannot be told whether the log is whole");
    }
  }

  /** For writing, by the log's appender. */
  static DurableEnd open(LogFileSystem files, Path directory) throws IOException {
    return new DurableEnd(files.openForWrite(directory.resolve(NAME)));
  }

  /** Everything before {@code position} is durable. */
  void write(long position) throws IOException {
    file.write(encode(position), 0);
  }

  private static ByteBuffer encode(long position) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * COPY_BYTES);
    for (int at = 0; at < bytes.capacity(); at += COPY_BYTES) {
      bytes.putInt(at, MAGIC).putInt(at + 4, VERSION).putLong(at + 8, position);
      bytes.putInt(at + CHECKED_BYTES, checksum(bytes, at));
    }
    return bytes;
  }

  /** -1 where the copy is not intact. */
  private static long decode(ByteBuffer bytes, int at) {
    boolean intact =
        bytes.getInt(at) == MAGIC
            && bytes.getInt(at + 4) == VERSION
            && bytes.getInt(at + CHECKED_BYTES) == checksum(bytes, at);
    return intact ? bytes.getLong(at + 8) : -1;
  }

  private static int checksum(ByteBuffer bytes, int at) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(at + CHECKED_BYTES).position(at));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
