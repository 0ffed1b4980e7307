package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The operating system's files; subclasses say where theirs are different. */
class ForwardingFiles implements LogFileSystem {

  /** Another file; subclasses say where theirs is different. */
  static class ForwardingFile implements LogFile {
    final LogFile file;

    ForwardingFile(LogFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer bytes, long offset) throws IOException {
      file.write(bytes, offset);
    }

    @Override
    public int read(ByteBuffer into, long offset) throws IOException {
      return file.read(into, offset);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Override
  public LogFile create(Path file) throws IOException {
    return LOCAL.create(file);
  }

  @Override
  public LogFile openForRead(Path file) throws IOException {
    return LOCAL.openForRead(file);
  }

  @Override
  public LogFile openForWrite(Path file) throws IOException {
    return LOCAL.openForWrite(file);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    LOCAL.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    LOCAL.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    LOCAL.syncDirectory(directory);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return LOCAL.list(directory);
  }

  @Override
  public long usableBytes(Path directory) throws IOException {
    return LOCAL.usableBytes(directory);
  }
}
