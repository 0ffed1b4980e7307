package io.omendb.state.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@link StoreFiles} over {@code java.nio.file}. */
enum LocalStoreFiles implements StoreFiles {
  INSTANCE;

  @Override
  public void createDirectories(Path directory) throws IOException {
    Files.createDirectories(directory);
  }

  @Override
  public Output create(Path file) throws IOException {
    return new LocalOutput(
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  @Override
  public Input open(Path file) throws IOException {
    return new LocalInput(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    }
    return names;
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public void rename(Path source, Path target) throws IOException {
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void linkOrCopy(Path source, Path target) throws IOException {
    if (Files.exists(target) && Files.isSameFile(source, target)) {
      return;
    }
    Files.deleteIfExists(target);
    try {
      Files.createLink(target, source);
    } catch (UnsupportedOperationException | IOException linkFailure) {
      // Another device, or a file system without links.
      Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static final class LocalOutput implements Output {
    private final FileChannel channel;

    LocalOutput(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void sync() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /**
   * An interrupt closes a {@link FileChannel} under all its readers, and Flink interrupts task
   * threads that it cancels. So a channel found closed while this is open is opened again.
   */
  private static final class LocalInput implements Input {
    private final Path file;
    private volatile FileChannel channel;
    private boolean closed;

    LocalInput(Path file) throws IOException {
      this.file = file;
      this.channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public long length() throws IOException {
      return channel.size();
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      boolean interrupted = false;
      long next = position;
      try {
        while (target.hasRemaining()) {
          FileChannel current = channel;
          try {
            int count = current.read(target, next);
            if (count < 0) {
              throw new EOFException(
                  file + " ends before offset " + (next + target.remaining()) + ": truncated");
            }
            next += count;
          } catch (ClosedByInterruptException e) {
            interrupted |= Thread.interrupted();
            reopen(current, e);
          } catch (ClosedChannelException e) {
            reopen(current, e);
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private synchronized void reopen(FileChannel stale, ClosedChannelException cause)
        throws IOException {
      if (closed) {
        throw cause;
      }
      if (channel == stale) {
        channel = FileChannel.open(file, StandardOpenOption.READ);
      }
    }

    @Override
    public synchronized void close() throws IOException {
      closed = true;
      channel.close();
    }
  }
}
