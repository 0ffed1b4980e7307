package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file system of a given size over the real one. A write for which there is no room leaves a part
 * of its bytes and fails as Linux says it; a sync may be made to find out only then. Thread-safe.
 */
public final class SmallDisk extends ForwardingFiles {
  private final ConcurrentHashMap<Path, Long> sizes = new ConcurrentHashMap<>();
  private long capacityBytes;

  public SmallDisk(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  /** Makes it that large. */
  public synchronized void resize(long newCapacityBytes) {
    capacityBytes = newCapacityBytes;
  }

  public synchronized long usedBytes() {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The end up to which a file may grow that wants to grow to {@code wanted}. */
  private synchronized long grow(Path file, long wanted) {
    long size = sizes.getOrDefault(file, 0L);
    long allowed = Math.max(size, Math.min(wanted, size + capacityBytes - usedBytes()));
    sizes.put(file, Math.max(size, allowed));
    return allowed;
  }

  private static IOException full() {
    return new IOException("No space left on device");
  }

  private final class SmallFile extends ForwardingFile {
    private final Path path;

    SmallFile(Path path, LogFile file) throws IOException {
      super(file);
      this.path = path;
      sizes.put(path, file.size());
    }

    @Override
    public void write(ByteBuffer bytes, long offset) throws IOException {
      long wanted = offset + bytes.remaining();
      long allowed = grow(path, wanted);
      if (allowed < wanted) {
        int part = (int) Math.max(0, allowed - offset);
        file.write(bytes.duplicate().limit(bytes.position() + part), offset);
        throw full();
      }
      file.write(bytes, offset);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
      sizes.put(path, file.size());
    }
  }

  @Override
  public LogFile create(Path file) throws IOException {
    if (usedBytes() >= capacityBytes) {
      throw full();
    }
    return new SmallFile(file, LOCAL.create(file));
  }

  @Override
  public LogFile openForWrite(Path file) throws IOException {
    return new SmallFile(file, LOCAL.openForWrite(file));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    LOCAL.rename(from, to);
    Long size = sizes.remove(from);
    sizes.put(to, size == null ? Files.size(to) : size);
  }

  @Override
  public void delete(Path file) throws IOException {
    LOCAL.delete(file);
    sizes.remove(file);
  }

  @Override
  public synchronized long usableBytes(Path directory) {
    return Math.max(0, capacityBytes - usedBytes());
  }
}
