package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The file operations of {@link FileCommitLog}, so that tests can make each of them fail. Its
 * implementations are thread-safe.
 */
public interface LogFileSystem {

  /** The operating system's files. */
  LogFileSystem LOCAL = new Local();

  /** An open file. Reads and writes are at absolute offsets and may run at the same time. */
  interface LogFile extends AutoCloseable {

    /** Writes all of {@code bytes}. */
    void write(ByteBuffer bytes, long offset) throws IOException;

    /** Reads until {@code into} is full or the file ends; returns the number of bytes read. */
    int read(ByteBuffer into, long offset) throws IOException;

    /** Makes everything written durable, the file's length included. */
    void force() throws IOException;

    void truncate(long size) throws IOException;

    long size() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Creates a file, empty even if it existed. */
  LogFile create(Path file) throws IOException;

  LogFile openForRead(Path file) throws IOException;

  LogFile openForWrite(Path file) throws IOException;

  /** Renames atomically, replacing {@code to}. */
  void rename(Path from, Path to) throws IOException;

  void delete(Path file) throws IOException;

  /** Makes creations, renames and deletions in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  List<Path> list(Path directory) throws IOException;

  /** Bytes that may still be written in a directory's file system. */
  default long usableBytes(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /** See {@link #LOCAL}. */
  final class Local implements LogFileSystem {
    private Local() {}

    @Override
    public LogFile create(Path file) throws IOException {
      return new LocalFile(
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE));
    }

    @Override
    public LogFile openForRead(Path file) throws IOException {
      return new LocalFile(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public LogFile openForWrite(Path file) throws IOException {
      return new LocalFile(
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
      Files.deleteIfExists(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        return files.toList();
      }
    }
  }

  /** A file of {@link Local}. */
  final class LocalFile implements LogFile {
    private final FileChannel channel;

    private LocalFile(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(ByteBuffer bytes, long offset) throws IOException {
      long at = offset;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public int read(ByteBuffer into, long offset) throws IOException {
      int total = 0;
      while (into.hasRemaining()) {
        int count = channel.read(into, offset + total);
        if (count < 0) {
          break;
        }
        total += count;
      }
      return total;
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
