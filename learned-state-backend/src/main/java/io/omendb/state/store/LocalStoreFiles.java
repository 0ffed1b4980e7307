package io.omendb.state.store;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
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
import org.jspecify.annotations.Nullable;

/** {@link StoreFiles} over {@code java.nio.file}. */
enum LocalStoreFiles implements StoreFiles {
  DURABLE,
  SCRATCH;

  @Override
  public void createDirectories(Path directory) throws IOException {
    Files.createDirectories(directory);
  }

  @Override
  public Output create(Path file) throws IOException {
    return new LocalOutput(
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        this == DURABLE);
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
    if (this == SCRATCH) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static final class LocalOutput implements Output {
    private final FileChannel channel;
    private final boolean durable;

    LocalOutput(FileChannel channel, boolean durable) {
      this.channel = channel;
      this.durable = durable;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void sync() throws IOException {
      if (durable) {
        channel.force(false);
      }
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
    private volatile @Nullable FileChannel uncached;
    private volatile boolean uncachedUnsupported;
    private final List<ByteBuffer> mappings = new ArrayList<>();
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
      withOpenChannel(
          current -> {
            while (target.hasRemaining()) {
              int count = current.read(target, position + target.position());
              if (count < 0) {
                throw new EOFException(
                    file + " ends before offset " + (position + target.limit()) + ": truncated");
              }
            }
            return target;
          });
    }

    @Override
    public int readUncached(long position, int length, ByteBuffer target) throws IOException {
      if (uncachedUnsupported) {
        return -1;
      }
      long start = position & -ALIGNMENT;
      int before = (int) (position - start);
      int aligned = (before + length + ALIGNMENT - 1) & -ALIGNMENT;
      boolean interrupted = false;
      try {
        while (true) {
          FileChannel current = uncachedChannel();
          if (current == null) {
            return -1;
          }
          try {
            target.clear().limit(aligned);
            int count = current.read(target, start);
            // Short at the end of the file only, unless a signal came: then the other way is taken.
            return count >= before + length ? before : -1;
          } catch (ClosedByInterruptException e) {
            interrupted |= Thread.interrupted();
            forgetUncached(current, e);
          } catch (ClosedChannelException e) {
            forgetUncached(current, e);
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private @Nullable FileChannel uncachedChannel() throws IOException {
      FileChannel current = uncached;
      return current != null ? current : openUncached();
    }

    private synchronized @Nullable FileChannel openUncached() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
      if (uncached == null && !uncachedUnsupported) {
        try {
          uncached = FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT);
        } catch (UnsupportedOperationException | IOException e) {
          uncachedUnsupported = true;
        }
      }
      return uncached;
    }

    private synchronized void forgetUncached(FileChannel stale, ClosedChannelException cause)
        throws IOException {
      if (closed) {
        throw cause;
      }
      if (uncached == stale) {
        uncached = null;
      }
    }

    @Override
    public ByteBuffer map(long position, int length) throws IOException {
      ByteBuffer mapping =
          withOpenChannel(current -> current.map(FileChannel.MapMode.READ_ONLY, position, length));
      synchronized (this) {
        mappings.add(mapping);
      }
      return mapping;
    }

    @Override
    public boolean isResident(ByteBuffer mapping, int start, int length) {
      return !(mapping instanceof MappedByteBuffer mapped)
          || mapped.slice(start, length).isLoaded();
    }

    private interface Use<T> {
      T of(FileChannel channel) throws IOException;
    }

    private <T> T withOpenChannel(Use<T> use) throws IOException {
      boolean interrupted = false;
      try {
        while (true) {
          FileChannel current = channel;
          try {
            return use.of(current);
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
      mappings.forEach(Unmapper::unmap);
      mappings.clear();
      FileChannel direct = uncached;
      if (direct != null) {
        direct.close();
      }
      channel.close();
    }
  }
}
