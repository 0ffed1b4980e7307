package io.omendb.bench.state;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.rocksdb.RocksDBException;

/**
 * Waits until a backend's background work has come to rest: RocksDB says that nothing is pending or
 * running, and no file of the backend has come, gone or grown for a while.
 */
final class Drain {

  private static final long LOOK_NANOS = 20_000_000;

  private Drain() {}

  /** Nanoseconds from now to the last change that was seen; the quiet time is not in it. */
  static long await(OpenBackend open, Duration quiet, Duration max)
      throws IOException, ReflectiveOperationException, RocksDBException {
    if (open.kind() == BackendKind.HEAP) {
      return 0;
    }
    long start = System.nanoTime();
    long lastChange = start;
    Map<String, Long> files = open.files();
    while (System.nanoTime() - lastChange < quiet.toNanos()) {
      LockSupport.parkNanos(LOOK_NANOS);
      Map<String, Long> now = open.files();
      if (!now.equals(files) || open.backgroundWork() > 0) {
        files = now;
        lastChange = System.nanoTime();
      }
      if (System.nanoTime() - start > max.toNanos()) {
        throw new IllegalStateException("background work has not come to rest within " + max);
      }
    }
    return lastChange - start;
  }
}
