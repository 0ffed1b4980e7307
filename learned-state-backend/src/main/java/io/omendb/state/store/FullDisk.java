package io.omendb.state.store;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats what found no room on the disk until there is some: a full disk delays flushes and
 * compactions, and with them the writer, but is no reason to give up a store that can be read.
 */
final class FullDisk {
  private static final Logger LOG = LoggerFactory.getLogger(FullDisk.class);
  private static final long PAUSE_NANOS = 50_000_000;

  private FullDisk() {}

  /** Something that leaves nothing behind where it fails. */
  interface Step<T> {
    T run() throws IOException;
  }

  /**
   * Runs {@code step} until it fails for no want of room; the failure where {@code givesUp} says so
   * or the thread is interrupted.
   */
  static <T> T outwait(BooleanSupplier givesUp, Step<T> step) throws IOException {
    boolean told = false;
    while (true) {
      try {
        return step.run();
      } catch (IOException e) {
        if (!isFull(e) || givesUp.getAsBoolean() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        if (!told) {
          told = true;
          LOG.warn("The disk is full; trying again until there is room: {}", e.getMessage());
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left") || message.contains("disk quota");
  }
}
