package io.omendb.jobs.log;

import io.omendb.jobs.log.Segment.Frame;
import java.io.IOException;

/**
 * Finds where the last segment ends after a crash. A group is synced as a whole before the next one
 * is written, so after a crash any part of the last group's bytes may be missing, and of no earlier
 * one. Bytes that are no frame are therefore the torn tail, unless an intact frame behind them
 * belongs to a later group: then they were durable once and the segment is corrupt.
 */
final class SegmentRecovery {
  private SegmentRecovery() {}

  /** The position after the last intact frame before which all is intact. */
  static long end(SegmentReader reader) throws IOException {
    long limit = reader.fileEnd();
    long position = reader.segment().base();
    Frame frame = reader.frame(position, limit);
    while (frame != null) {
      position += frame.bytes();
      frame = reader.frame(position, limit);
    }
    checkNothingDurableBehind(reader, position, limit);
    return position;
  }

  private static void checkNothingDurableBehind(SegmentReader reader, long end, long limit)
      throws IOException {
    long candidate = reader.findMagic(end + 1, limit);
    while (candidate >= 0) {
      Frame frame = reader.frame(candidate, limit);
      if (frame != null && frame.group() > end && frame.group() <= candidate) {
        Segment segment = reader.segment();
        throw Segment.corrupted(
            segment.file(),
            segment.offset(end),
            "no intact record there, but a later group's is at offset "
                + segment.offset(candidate));
      }
      candidate = reader.findMagic(candidate + 1, limit);
    }
  }
}
