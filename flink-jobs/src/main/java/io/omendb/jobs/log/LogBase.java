package io.omendb.jobs.log;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code base}: what the records that were trimmed from a log said, rows apart, so that
 * the log can be understood without a checkpoint. It is durable before the first segment goes, and
 * stands at a position that is still in the log. Replaced as a whole, never changed in place.
 *
 * <pre>
 * 0   4  magic "OBAS"
 * 4   4  version = 1
 * 8   n  log state
 * 8+n 4  CRC32C of all before, big-endian like all
 * </pre>
 */
final class LogBase {
  static final String NAME = "base";

  private static final int MAGIC = 0x4F424153;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 8;
  private static final int BYTES_MAX = 1 << 30;

  private final LogFileSystem files;
  private final Path directory;

  LogBase(LogFileSystem files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  /** The state in the file; empty where there is no file, DATA_CORRUPTED where it is damaged. */
  Optional<LogState> read() throws IOException {
    Path file = directory.resolve(NAME);
    byte[] bytes;
    try (LogFile open = files.openForRead(file)) {
      long size = open.size();
      if (size < HEADER_BYTES + Integer.BYTES || size > BYTES_MAX) {
        throw Segment.corrupted(file, 0, "it has %d bytes".formatted(size));
      }
      bytes = new byte[(int) size];
      open.read(ByteBuffer.wrap(bytes), 0);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    int length = bytes.length - Integer.BYTES;
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (header.getInt(0) != MAGIC || header.getInt(length) != checksum(bytes, length)) {
      throw Segment.corrupted(file, 0, "its checksum is wrong");
    }
    if (header.getInt(4) != VERSION) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "%s has version %d; this release reads version %d"
              .formatted(file, header.getInt(4), VERSION));
    }
    return Optional.of(
        LogState.readFrom(new DataInputDeserializer(bytes, HEADER_BYTES, length - HEADER_BYTES)));
  }

  /** Replaces the file, durably. */
  void write(LogState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(1 << 12);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    state.writeTo(out);
    out.writeInt(checksum(out.getSharedBuffer(), out.length()));
    Path temporary = directory.resolve(NAME + ".tmp");
    try (LogFile file = files.create(temporary)) {
      file.write(ByteBuffer.wrap(out.getSharedBuffer(), 0, out.length()), 0);
      file.force();
    }
    files.rename(temporary, directory.resolve(NAME));
    files.syncDirectory(directory);
  }

  /**
   * Before everything before {@code position}, where a segment begins, is trimmed: brings the base
   * up to there by the records from where it stands on. Where there is none to go on from, it
   * becomes the state of {@code source}; without that it stays away, and the log cannot be
   * understood without a checkpoint.
   */
  void moveTo(long position, CommitLog log, CommitLog.StateSource source) throws IOException {
    LogState base = usable(log);
    if (base == null) {
      LogState known = source.state();
      if (known != null && known.position() >= position) {
        write(known);
      }
      return;
    }
    if (base.position() >= position) {
      return;
    }
    try (LogReader reader = log.read(base.position())) {
      while (reader.position() < position) {
        LogRecord record = Objects.requireNonNull(reader.poll(), "a record before the log's end");
        base.apply(record, reader.position());
      }
    }
    write(base);
  }

  private @Nullable LogState usable(CommitLog log) throws IOException {
    LogState base = null;
    try {
      base = read().orElse(null);
    } catch (OmenException e) {
      FileCommitLog.LOG.warn("The log's base is made anew", e);
    }
    if (base != null && base.position() >= log.beginPosition()) {
      return base;
    }
    return log.beginPosition() == 0 ? new LogState(0) : null;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
