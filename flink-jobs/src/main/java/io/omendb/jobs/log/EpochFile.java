package io.omendb.jobs.log;

import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The file {@code epoch}: who may append. Replaced as a whole, never changed in place.
 *
 * <pre>
 * 0   4  magic "OEPO"
 * 4   4  version = 1
 * 8   8  epoch, big-endian like all
 * 16  4  CRC32C of bytes 0 to 15
 * </pre>
 */
final class EpochFile {
  static final String NAME = "epoch";
  private static final int MAGIC = 0x4F45504F;
  private static final int VERSION = 1;
  private static final int BYTES = 20;

  private final LogFileSystem files;
  private final Path directory;

  EpochFile(LogFileSystem files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  /** The epoch in the file; 0 where there is no file. */
  long read() throws IOException {
    Path file = directory.resolve(NAME);
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    try (LogFile open = files.openForRead(file)) {
      if (open.read(bytes, 0) < BYTES) {
        throw Segment.corrupted(file, 0, "expected %d bytes".formatted(BYTES));
      }
    } catch (NoSuchFileException e) {
      return 0;
    }
    if (bytes.getInt(0) != MAGIC
        || bytes.getInt(4) != VERSION
        || bytes.getInt(16) != checksum(bytes)) {
      throw Segment.corrupted(file, 0, "this is no epoch file");
    }
    return bytes.getLong(8);
  }

  /** Makes {@code epoch} the current one, durably. */
  void write(long epoch) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putInt(MAGIC).putInt(VERSION).putLong(epoch);
    bytes.putInt(checksum(bytes)).flip();
    Path temporary = directory.resolve(NAME + ".tmp");
    try (LogFile open = files.create(temporary)) {
      open.write(bytes, 0);
      open.force();
    }
    files.rename(temporary, directory.resolve(NAME));
    files.syncDirectory(directory);
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(16));
    return (int) crc.getValue();
  }
}
