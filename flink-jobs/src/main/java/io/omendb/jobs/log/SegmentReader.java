package io.omendb.jobs.log;

import io.omendb.jobs.log.LogFileSystem.LogFile;
import io.omendb.jobs.log.Segment.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Buffered reading of one segment's frames by position; one thread; closes the file. */
final class SegmentReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final Segment segment;
  private final LogFile file;
  private byte[] buffer = new byte[BUFFER_BYTES];
  private long bufferPosition;
  private int bufferLength;

  SegmentReader(Segment segment, LogFile file) {
    this.segment = segment;
    this.file = file;
  }

  Segment segment() {
    return segment;
  }

  /** Length of the file in log positions. */
  long fileEnd() throws IOException {
    return segment.base() + Math.max(0, file.size() - Segment.HEADER_BYTES);
  }

  /** The intact frame that begins at {@code position} and ends by {@code limit}; else null. */
  @Nullable Frame frame(long position, long limit) throws IOException {
    if (limit - position < Segment.FRAME_BYTES || !load(position, Segment.FRAME_BYTES, limit)) {
      return null;
    }
    Frame frame = Segment.frame(buffer, (int) (position - bufferPosition));
    if (frame == null
        || frame.bytes() > limit - position
        || !load(position, (int) frame.bytes(), limit)) {
      return null;
    }
    int at = (int) (position - bufferPosition);
    return Segment.checksum(buffer, at, frame.payloadBytes()) == frame.checksum() ? frame : null;
  }

  /** The record of a frame that {@link #frame} returned for this position just now. */
  LogRecord record(long position, Frame frame) throws IOException {
    try {
      int at = (int) (position - bufferPosition) + Segment.FRAME_BYTES;
      return LogRecordCodec.read(buffer, at, frame.payloadBytes());
    } catch (IOException e) {
      throw Segment.corrupted(
          segment.file(), segment.offset(position), String.valueOf(e.getMessage()));
    }
  }

  /** The next position in [from, limit) whose bytes look like a frame's first ones; -1: none. */
  long findMagic(long from, long limit) throws IOException {
    long position = from;
    while (limit - position >= Segment.FRAME_BYTES && load(position, Segment.FRAME_BYTES, limit)) {
      int last = bufferLength - Segment.FRAME_BYTES;
      for (int at = (int) (position - bufferPosition); at <= last; at++) {
        if (isMagic(at)) {
          return bufferPosition + at;
        }
      }
      position = bufferPosition + last + 1;
    }
    return -1;
  }

  private boolean isMagic(int at) {
    return buffer[at] == (byte) (Segment.FRAME_MAGIC >>> 24)
        && buffer[at + 1] == (byte) (Segment.FRAME_MAGIC >>> 16)
        && buffer[at + 2] == (byte) (Segment.FRAME_MAGIC >>> 8)
        && buffer[at + 3] == (byte) Segment.FRAME_MAGIC;
  }

  /** Has {@code count} bytes from {@code position} in the buffer; false if the file is shorter. */
  private boolean load(long position, int count, long limit) throws IOException {
    if (position >= bufferPosition && position + count <= bufferPosition + bufferLength) {
      return true;
    }
    if (count > buffer.length) {
      buffer = new byte[count];
    } else if (buffer.length > BUFFER_BYTES && count <= BUFFER_BYTES) {
      buffer = new byte[BUFFER_BYTES];
    }
    int wanted = (int) Math.min(buffer.length, limit - position);
    bufferPosition = position;
    bufferLength = 0;
    bufferLength = file.read(ByteBuffer.wrap(buffer, 0, wanted), segment.offset(position));
    return bufferLength >= count;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
