package io.omendb.jobs.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a log directory. The operating system's lock on the file {@code lock} keeps other
 * processes out for as long as this one lives, {@code kill -9} included; inside this process a new
 * log takes the directory over from the old one, which it fences first, and the lock passes on
 * without ever being free.
 */
final class DirectoryLock {
  private static final Object MONITOR = new Object();

  @GuardedBy("MONITOR")
  private static final ProcessRegistry<Path, DirectoryLock> HELD =
      ProcessRegistry.of(Content.LOG_DIRECTORIES);

  /** The log that holds the directory; its {@link #fence()} returns when it writes no more. */
  interface Owner {
    void fence();
  }

  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  @GuardedBy("MONITOR")
  private Owner owner;

  private DirectoryLock(Path directory, FileChannel channel, FileLock lock, Owner owner) {
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
    this.owner = owner;
  }

  /** Takes the directory, which must be a real path. */
  static DirectoryLock acquire(Path directory, Owner owner) throws IOException {
    synchronized (MONITOR) {
      DirectoryLock held = HELD.get(directory);
      if (held != null) {
        held.owner.fence();
        held.owner = owner;
        return held;
      }
      DirectoryLock acquired = open(directory, owner);
      HELD.add(directory, acquired);
      return acquired;
    }
  }

  private static DirectoryLock open(Path directory, Owner owner) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = tryLock(channel);
    if (lock == null) {
      channel.close();
      throw new OmenException(
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "the commit log in %s is in use by another process".formatted(directory));
    }
    return new DirectoryLock(directory, channel, lock, owner);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Gives the directory up unless somebody took it over. */
  void release(Owner by) throws IOException {
    synchronized (MONITOR) {
      if (owner == by && HELD.remove(directory, this)) {
        lock.release();
        channel.close();
      }
    }
  }
}
