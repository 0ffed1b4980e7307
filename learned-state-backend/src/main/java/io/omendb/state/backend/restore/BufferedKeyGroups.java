package io.omendb.state.backend.restore;

import java.io.IOException;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;

/**
 * A savepoint's handle whose stream has a buffer. Flink reads savepoints by a few bytes at a time,
 * and streams of local files have none: each read would be a call of the operating system.
 */
public final class BufferedKeyGroups extends KeyGroupsStateHandle {

  private static final long serialVersionUID = 1;

  private BufferedKeyGroups(KeyGroupsStateHandle handle) {
    super(handle.getGroupRangeOffsets(), handle.getDelegateStateHandle());
  }

  static KeyedStateHandle of(KeyedStateHandle handle) {
    return handle instanceof KeyGroupsStateHandle keyGroups
        ? new BufferedKeyGroups(keyGroups)
        : handle;
  }

  @Override
  public FSDataInputStream openInputStream() throws IOException {
    return new Stream(super.openInputStream());
  }

  /** Reads ahead; the stream behind it is at the buffer's end. One thread. */
  public static final class Stream extends FSDataInputStream {

    private static final int BUFFER_BYTES = 64 * 1024;

    private final FSDataInputStream source;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;

    public Stream(FSDataInputStream source) {
      this.source = source;
    }

    @Override
    public void seek(long target) throws IOException {
      long ahead = target - getPos();
      if (ahead >= -position && ahead <= limit - position) {
        position += (int) ahead;
      } else {
        source.seek(target);
        position = 0;
        limit = 0;
      }
    }

    @Override
    public long getPos() throws IOException {
      return source.getPos() - (limit - position);
    }

    @Override
    public int read() throws IOException {
      return position == limit && !fill() ? -1 : buffer[position++] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (position == limit) {
        if (length >= BUFFER_BYTES) {
          position = 0;
          limit = 0;
          return source.read(target, offset, length);
        }
        if (length > 0 && !fill()) {
          return -1;
        }
      }
      int count = Math.min(length, limit - position);
      System.arraycopy(buffer, position, target, offset, count);
      position += count;
      return count;
    }

    private boolean fill() throws IOException {
      int count = source.read(buffer, 0, BUFFER_BYTES);
      position = 0;
      limit = Math.max(count, 0);
      return count > 0;
    }

    @Override
    public int available() throws IOException {
      return limit - position + source.available();
    }

    @Override
    public void close() throws IOException {
      source.close();
    }
  }
}
