package io.omendb.jobs.log;

import io.omendb.jobs.log.LogFileSystem.LogFile;
import io.omendb.jobs.log.Segment.Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segments that lie in a log's directory, headers checked, and where their records begin and
 * end. Reads only.
 *
 * @param segments oldest first; empty for a log that was never opened
 * @param epoch the newest that created one of them; 0 for none
 * @param end position after the last intact record
 */
record SegmentDirectory(List<Segment> segments, long epoch, long end) {

  SegmentDirectory {
    segments = List.copyOf(segments);
  }

  /**
   * Looks at all segments; DATA_CORRUPTED, naming the file, where one is missing or damaged as far
   * as that shows without reading all records, or where the log ends before it was durable.
   */
  static SegmentDirectory read(LogFileSystem files, Path directory) throws IOException {
    List<Segment> segments = list(files, directory);
    long durable = DurableEnd.read(files, directory);
    long epoch = newestEpoch(files, segments);
    requireContinuity(files, segments);
    long end = 0;
    if (!segments.isEmpty()) {
      Segment newest = segments.get(segments.size() - 1);
      try (SegmentReader reader = new SegmentReader(newest, files.openForRead(newest.file()))) {
        end = SegmentRecovery.end(reader);
      }
    }
    requireDurable(directory, segments, end, durable);
    return new SegmentDirectory(segments, epoch, end);
  }

  /** The newest epoch that created one of the segments in a directory; 0 for none. */
  static long newestEpoch(LogFileSystem files, Path directory) throws IOException {
    return newestEpoch(files, list(files, directory));
  }

  private static long newestEpoch(LogFileSystem files, List<Segment> segments) throws IOException {
    long epoch = 0;
    for (Segment segment : segments) {
      try (LogFile file = files.openForRead(segment.file())) {
        epoch = Math.max(epoch, Segment.checkHeader(file, segment.file(), segment.base()));
      }
    }
    return epoch;
  }

  private static List<Segment> list(LogFileSystem files, Path directory) throws IOException {
    List<Segment> segments = new ArrayList<>();
    for (Path file : files.list(directory)) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(Segment.SUFFIX)) {
        segments.add(new Segment(baseOf(file, name), file));
      }
    }
    segments.sort(Comparator.comparingLong(Segment::base));
    return segments;
  }

  private static long baseOf(Path file, String name) {
    try {
      return Long.parseLong(name.substring(0, name.length() - Segment.SUFFIX.length()));
    } catch (NumberFormatException e) {
      throw Segment.corrupted(file, 0, "the name is no log position");
    }
  }

  private static void requireContinuity(LogFileSystem files, List<Segment> segments)
      throws IOException {
    for (int i = 0; i + 1 < segments.size(); i++) {
      Segment segment = segments.get(i);
      Segment next = segments.get(i + 1);
      try (LogFile file = files.openForRead(segment.file())) {
        long needed = segment.offset(next.base());
        if (file.size() < needed) {
          throw Segment.corrupted(
              segment.file(),
              file.size(),
              "the file ends there; records up to offset %d are missing, in it or in a file between it and %s"
                  .formatted(needed, next.file().getFileName()));
        }
      }
    }
  }

  private static void requireDurable(
      Path directory, List<Segment> segments, long end, long durable) {
    if (end >= durable) {
      return;
    }
    if (segments.isEmpty()) {
      throw Segment.corrupted(
          directory.resolve(Segment.fileName(0)),
          0,
          "no segment file is there, but the log was durable up to position " + durable);
    }
    Segment newest = segments.get(segments.size() - 1);
    throw Segment.corrupted(
        newest.file(),
        newest.offset(end),
        "no intact record there (position %d), but the log was durable up to position %d; what is missing was in this file or in later ones"
            .formatted(end, durable));
  }

  /** Position of the oldest record; 0 for a log that was never opened. */
  long begin() {
    return segments.isEmpty() ? 0 : segments.get(0).base();
  }

  /** Takes a record and the position after it. */
  interface RecordConsumer {
    void accept(LogRecord record, long positionAfter);
  }

  /** Reads all frames from {@code from} on; DATA_CORRUPTED where one is not intact. */
  void verify(LogFileSystem files, long from) throws IOException {
    read(files, from, null);
  }

  /** The same, and decodes the records. */
  void forEach(LogFileSystem files, long from, RecordConsumer consumer) throws IOException {
    read(files, from, consumer);
  }

  private void read(LogFileSystem files, long from, @Nullable RecordConsumer consumer)
      throws IOException {
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      long segmentEnd = i + 1 < segments.size() ? segments.get(i + 1).base() : end;
      if (segmentEnd > from) {
        try (SegmentReader reader = new SegmentReader(segment, files.openForRead(segment.file()))) {
          read(reader, Math.max(from, segment.base()), segmentEnd, consumer);
        }
      }
    }
  }

  private static void read(
      SegmentReader reader, long from, long segmentEnd, @Nullable RecordConsumer consumer)
      throws IOException {
    long position = from;
    while (position < segmentEnd) {
      Frame frame = reader.frame(position, segmentEnd);
      if (frame == null) {
        Segment segment = reader.segment();
        throw Segment.corrupted(
            segment.file(), segment.offset(position), "no intact record where there must be one");
      }
      long after = position + frame.bytes();
      if (consumer != null) {
        consumer.accept(reader.record(position, frame), after);
      }
      position = after;
    }
  }
}
