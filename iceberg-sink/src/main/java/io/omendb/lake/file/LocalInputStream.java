package io.omendb.lake.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.iceberg.io.SeekableInputStream;

/** Reads a file through a small buffer, which large reads go around. Not thread-safe. */
final class LocalInputStream extends SeekableInputStream {

  private static final int BUFFER_BYTES = 8 * 1024;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  LocalInputStream(Path path) throws IOException {
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
  }

  @Override
  public long getPos() throws IOException {
    return channel.position() - buffer.remaining();
  }

  @Override
  public void seek(long position) throws IOException {
    buffer.limit(0);
    channel.position(position);
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer.get() & 0xFF : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!buffer.hasRemaining() && length >= BUFFER_BYTES) {
      return channel.read(ByteBuffer.wrap(bytes, offset, length));
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(bytes, offset, count);
    return count;
  }

  private boolean fill() throws IOException {
    if (!buffer.hasRemaining()) {
      buffer.clear();
      int count = channel.read(buffer);
      buffer.flip();
      return count > 0;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
