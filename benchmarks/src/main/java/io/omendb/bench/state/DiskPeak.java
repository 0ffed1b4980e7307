package io.omendb.bench.state;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Looks at the size of a backend's directory several times a second, until closed. */
final class DiskPeak implements AutoCloseable {

  private static final int INTERVAL_MS = 200;
  private static final ThreadFactory DAEMONS =
      task -> {
        Thread thread = new Thread(task, "disk-peak");
        thread.setDaemon(true);
        return thread;
      };

  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1, DAEMONS);
  private final AtomicLong bytesMax = new AtomicLong();
  private final OpenBackend open;
  private final ScheduledFuture<?> looks;

  DiskPeak(OpenBackend open) throws IOException {
    this.open = open;
    bytesMax.set(open.diskBytes());
    looks =
        timer.scheduleWithFixedDelay(this::look, INTERVAL_MS, INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      bytesMax.accumulateAndGet(open.diskBytes(), Math::max);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The most that was seen, now included. */
  long bytesMax() {
    look();
    return bytesMax.get();
  }

  @Override
  public void close() {
    boolean failed = looks.isDone();
    timer.shutdownNow();
    if (failed) {
      throw new IllegalStateException("the size of the files could not be read");
    }
  }
}
