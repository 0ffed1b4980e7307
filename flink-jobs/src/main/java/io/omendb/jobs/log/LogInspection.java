package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A look at a {@link FileCommitLog} that nobody has open, without changing anything: what a start
 * needs to know before it relies on the log. Immutable.
 */
public final class LogInspection {
  private final LogFileSystem files;
  private final SegmentDirectory directory;

  private LogInspection(LogFileSystem files, SegmentDirectory directory) {
    this.files = files;
    this.directory = directory;
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
    return new LogInspection(files, SegmentDirectory.read(files, directory));
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
   * What the records from {@code state} on make of it, besides rows: read and decoded to the end.
   */
  public LogState fold(LogState state) throws IOException {
    LogState folded = state.copy();
    directory.forEach(files, state.position(), folded::apply);
    return folded;
  }
}
