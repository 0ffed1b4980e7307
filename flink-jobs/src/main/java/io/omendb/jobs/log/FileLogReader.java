package io.omendb.jobs.log;

import io.omendb.jobs.log.Segment.Frame;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads a {@link FileCommitLog}: its newest records from memory, older ones from the files. */
final class FileLogReader implements LogReader {
  private final FileCommitLog log;
  private long position;
  private @Nullable SegmentReader open;

  FileLogReader(FileCommitLog log, long position) {
    this.log = log;
    this.position = position;
  }

  @Override
  public @Nullable LogRecord poll() throws IOException {
    if (log.isClosed()) {
      throw new IOException("the commit log is closed");
    }
    if (position >= log.endPosition()) {
      return null;
    }
    RecentRecords.Entry recent = log.recent().get(position);
    if (recent != null) {
      closeSegment();
      position = recent.end();
      return recent.record();
    }
    return readFromFile();
  }

  private LogRecord readFromFile() throws IOException {
    SegmentReader reader = open;
    if (reader != null && position >= log.segmentEnd(reader.segment())) {
      closeSegment();
      reader = null;
    }
    if (reader == null) {
      reader = log.openSegment(position);
      open = reader;
    }
    Frame frame = reader.frame(position, log.segmentEnd(reader.segment()));
    if (frame == null) {
      Segment segment = reader.segment();
      throw Segment.corrupted(
          segment.file(), segment.offset(position), "no intact record where there must be one");
    }
    LogRecord record = reader.record(position, frame);
    position += frame.bytes();
    return record;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public CompletableFuture<Void> available() {
    CompletableFuture<Void> next = log.nextAppend();
    return position < log.endPosition() || log.isClosed()
        ? CompletableFuture.completedFuture(null)
        : next;
  }

  private void closeSegment() throws IOException {
    SegmentReader reader = open;
    open = null;
    if (reader != null) {
      reader.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeSegment();
  }
}
