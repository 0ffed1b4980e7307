package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A look at a {@link FileCommitLog} that nobody has open, without changing anything: what a start
 * needs to know before it relies on the log. Immutable.
 */
public final class LogInspection {
  private final LogFileSystem files;
  private final SegmentDirectory directory;
  private final LogBase base;

  private LogInspection(LogFileSystem files, SegmentDirectory directory, LogBase base) {
    this.files = files;
    this.directory = directory;
    this.base = base;
  }

  /**
   * Looks at the log in {@code directory}.
   *
   * @throws io.omendb.jobs.OmenException DATA_CORRUPTED, with the file's name, where a file is
   *     missing or damaged as far as that shows without reading every record
   */
  public static LogInspection of(Path directory, LogFileSystem files) throws IOException {
    // What opening the log would stumble over, too.
    new EpochFile(files, directory).read();
    return new LogInspection(
        files, SegmentDirectory.read(files, directory), new LogBase(files, directory));
  }

  /** Position of the oldest kept record. */
  public long beginPosition() {
    return directory.begin();
  }

  /** Position after the last intact record. */
  public long endPosition() {
    return directory.end();
  }

  /**
   * Reads everything from {@code position} on.
   *
   * @throws io.omendb.jobs.OmenException DATA_CORRUPTED, with the file's name and offset, where a
   *     record is not intact
   */
  public void verify(long position) throws IOException {
    directory.verify(files, position);
  }

  /**
   * What the records said that were trimmed, and maybe some that were not, rows apart; empty where
   * that is not known. A log with its beginning needs none.
   *
   * @throws io.omendb.jobs.OmenException DATA_CORRUPTED, with the file's name, where it is damaged
   */
  public Optional<LogState> base() throws IOException {
    return base.read()
        .filter(state -> state.position() >= beginPosition() && state.position() <= endPosition());
  }

  /** Takes a record and the position after it. */
  public interface RecordConsumer {
    void accept(LogRecord record, long positionAfter);
  }

  /** Reads and decodes everything from {@code position} on. */
  public void forEach(long position, RecordConsumer consumer) throws IOException {
    directory.forEach(files, position, consumer::accept);
  }

  /**
   * What the records from {@code state} on make of it, besides rows: read and decoded to the end.
   */
  public LogState fold(LogState state) throws IOException {
    LogState folded = state.copy();
    directory.forEach(files, state.position(), folded::apply);
    return folded;
  }
}
