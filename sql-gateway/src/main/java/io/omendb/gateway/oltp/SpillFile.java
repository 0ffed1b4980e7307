package io.omendb.gateway.oltp;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.UUID;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A file of runs of rows, each written once front to back and read once. It has no name in its
 * directory any more once it is open, so it ends with its process at the latest.
 *
 * <pre>
 *   run: rows          row: int32 bytes | {@link RowFormat}
 * </pre>
 *
 * <p>Confined to one thread. An interrupt ends any of its operations, and with it the file.
 */
final class SpillFile implements AutoCloseable {
  private static final int WRITE_BYTES = 16 << 10;

  private final FileChannel channel;
  private final Path directory;
  private final CancelToken cancel;
  private long end;

  /** Where a run is. */
  record Run(long start, long end) {}

  private SpillFile(FileChannel channel, Path directory, CancelToken cancel) {
    this.channel = channel;
    this.directory = directory;
    this.cancel = cancel;
  }

  static SpillFile create(Path directory, CancelToken cancel) {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve("sort-" + UUID.randomUUID()),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      return new SpillFile(channel, directory, cancel);
    } catch (IOException e) {
      throw failure(e, directory, cancel);
    }
  }

  private static OmenException failure(IOException e, Path directory, CancelToken cancel) {
    if (e instanceof ClosedByInterruptException || cancel.isCancelled()) {
      return cancel.error();
    }
    String message = String.valueOf(e.getMessage());
    boolean full = message.toLowerCase(Locale.ROOT).contains("no space left");
    return new OmenException(
        full ? ErrorCode.DISK_FULL : ErrorCode.IO_ERROR,
        "cannot use a temporary file in %s: %s".formatted(directory, message),
        e);
  }

  private OmenException failure(IOException e) {
    return failure(e, directory, cancel);
  }

  /** Begins a run behind all others; one at a time. */
  RunWriter newRun() {
    return new RunWriter();
  }

  RunReader read(Run run, int bufferBytes) {
    return new RunReader(run, bufferBytes);
  }

  /** Closed without {@link #finish}, the run never was. */
  final class RunWriter implements AutoCloseable {
    private final long start = end;
    private long position = end;
    private final DataOutputSerializer out = new DataOutputSerializer(WRITE_BYTES + 1024);

    void write(@Nullable Object[] row) {
      try {
        int at = out.length();
        out.writeInt(0);
        RowFormat.write(out, row);
        out.writeIntUnsafe(out.length() - at - 4, at);
        if (out.length() >= WRITE_BYTES) {
          flush();
        }
      } catch (IOException e) {
        throw failure(e);
      }
    }

    private void flush() throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(out.getSharedBuffer(), 0, out.length());
      while (bytes.hasRemaining()) {
        position += channel.write(bytes, position);
      }
      out.clear();
    }

    Run finish() {
      try {
        flush();
      } catch (IOException e) {
        throw failure(e);
      }
      end = position;
      return new Run(start, position);
    }

    @Override
    public void close() {
      out.clear();
    }
  }

  /** A run's rows from the first to the last. */
  final class RunReader {
    private final Run run;
    private long position;
    private byte[] buffer;
    private int from;
    private int to;

    RunReader(Run run, int bufferBytes) {
      this.run = run;
      position = run.start();
      buffer = new byte[bufferBytes];
    }

    /** Null at the end. */
    @Nullable Object @Nullable [] next() {
      if (from == to && position == run.end()) {
        return null;
      }
      try {
        fill(4);
        int length = ByteBuffer.wrap(buffer).getInt(from);
        fill(4 + length);
        DataInputDeserializer in = new DataInputDeserializer(buffer, from + 4, length);
        from += 4 + length;
        return RowFormat.read(in);
      } catch (IOException e) {
        throw failure(e);
      }
    }

    /** Has that many bytes in the buffer. */
    private void fill(int needed) throws IOException {
      if (to - from >= needed) {
        return;
      }
      byte[] target = needed > buffer.length ? new byte[needed] : buffer;
      System.arraycopy(buffer, from, target, 0, to - from);
      buffer = target;
      to -= from;
      from = 0;
      while (to < needed) {
        int wanted = (int) Math.min(buffer.length - to, run.end() - position);
        int count = wanted == 0 ? -1 : channel.read(ByteBuffer.wrap(buffer, to, wanted), position);
        if (count < 0) {
          throw new IOException("a run ends at %d, in the middle of a row".formatted(position));
        }
        position += count;
        to += count;
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }
}
