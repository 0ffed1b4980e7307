package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Files of which the n-th write, sync, truncation, creation, rename or deletion fails; a failing
 * write leaves half of its bytes. Afterwards either everything goes on, or everything that changes
 * a file fails, as if the process had died.
 */
public final class FaultyFiles extends ForwardingFiles {
  private final int failAt;
  private final boolean thenDead;
  private final String message;
  private int operations;

  public FaultyFiles(int failAt, boolean thenDead, String message) {
    this.failAt = failAt;
    this.thenDead = thenDead;
    this.message = message;
  }

  public synchronized boolean failed() {
    return operations >= failAt;
  }

  private synchronized boolean fails() {
    operations++;
    return operations == failAt || (thenDead && operations > failAt);
  }

  private void step() throws IOException {
    if (fails()) {
      throw new IOException(message);
    }
  }

  private final class FaultyFile extends ForwardingFile {
    FaultyFile(LogFile file) {
      super(file);
    }

    @Override
    public void write(ByteBuffer bytes, long offset) throws IOException {
      if (fails()) {
        if (!thenDead || operations == failAt) {
          file.write(bytes.duplicate().limit(bytes.position() + bytes.remaining() / 2), offset);
        }
        throw new IOException(message);
      }
      file.write(bytes, offset);
    }

    @Override
    public void force() throws IOException {
      step();
      file.force();
    }

    @Override
    public void truncate(long size) throws IOException {
      step();
      file.truncate(size);
    }
  }

  @Override
  public LogFile create(Path file) throws IOException {
    step();
    return new FaultyFile(LOCAL.create(file));
  }

  @Override
  public LogFile openForWrite(Path file) throws IOException {
    return new FaultyFile(LOCAL.openForWrite(file));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step();
    LOCAL.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    step();
    LOCAL.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    step();
    LOCAL.syncDirectory(directory);
  }
}
