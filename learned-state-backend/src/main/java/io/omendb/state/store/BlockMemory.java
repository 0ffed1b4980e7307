package io.omendb.state.store;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a store's runs are read past the operating system's cache, into a {@link
 * BlockCache}: when they are larger than what the machine, or the container, has besides the Java
 * heap and the store's other memory. Thread-safe, except as noted.
 */
final class BlockMemory {

  private final ArenaAllocator allocator;
  private final int frameBytes;
  private final long systemMemoryBytes;
  private final LongSupplier reservedBytes;
  private volatile boolean bypassing;
  private volatile boolean closed;
  private volatile @Nullable BlockCache cache;

  /**
   * @param reservedBytes what of the store's memory must be left to others
   */
  BlockMemory(StoreOptions options, LongSupplier reservedBytes) {
    this.allocator = options.arenaAllocator();
    this.frameBytes = options.blockBytes();
    this.systemMemoryBytes =
        options.systemMemoryBytes() > 0 ? options.systemMemoryBytes() : systemMemoryBytes();
    this.reservedBytes = reservedBytes;
  }

  /** The container's limit if there is one, else the machine's memory. */
  private static long systemMemoryBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /** Takes the size of all runs, after it changed. */
  void runsAre(long bytes) {
    bypassing = bytes > systemCacheBytes();
  }

  /** What the operating system's cache can be at most. */
  private long systemCacheBytes() {
    long own = allocator.bytesMax() == Long.MAX_VALUE ? 0 : reservedBytes.getAsLong();
    return systemMemoryBytes - Runtime.getRuntime().maxMemory() - own;
  }

  /**
   * Where blocks are kept that are read now; null if the operating system's cache does that. To be
   * used within a section of the store's {@link ReadGuard}, since its memory may be taken away.
   */
  @Nullable BlockCache cache() {
    if (!bypassing || closed) {
      return null;
    }
    BlockCache current = cache;
    return current != null ? current : create();
  }

  private synchronized @Nullable BlockCache create() {
    if (cache == null && !closed && allocator.bytesMax() != Long.MAX_VALUE) {
      cache =
          BlockCache.of(allocator, frameBytes, allocator.bytesMax() - reservedBytes.getAsLong());
    }
    if (cache == null) {
      bypassing = false;
    }
    return cache;
  }

  /**
   * Takes the cache away; there will be no other.
   *
   * @return to be {@linkplain BlockCache#release released} when those readers have left that are
   *     present after this has returned
   */
  synchronized @Nullable BlockCache takeForEver() {
    closed = true;
    return take();
  }

  /** As {@link #takeForEver}; another one, of the size that is right then, is made when needed. */
  synchronized @Nullable BlockCache take() {
    BlockCache taken = cache;
    cache = null;
    return taken;
  }
}
