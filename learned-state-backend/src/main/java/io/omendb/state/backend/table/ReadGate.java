package io.omendb.state.backend.table;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets any number of threads in until it is closed, and makes closing wait for those inside.
 *
 * <p>Entering and leaving touch one of several counters, chosen by thread, so readers hardly
 * disturb each other. A thread enters by counting itself and then looking whether the gate is
 * closed; closing marks the gate and then waits until each counter has been seen at zero. Each
 * counter is decremented where it was incremented, so zero means that nobody who found the gate
 * open is left on it.
 */
public final class ReadGate {

  private static final int COUNTERS = 16;

  /** Longs from one counter to the next, so that two never share a cache line. */
  private static final int STRIDE = 16;

  private static final long WAIT_NANOS = 20_000;

  private final String closedMessage;
  private final AtomicLongArray inside = new AtomicLongArray(COUNTERS * STRIDE);
  private volatile boolean closed;

  public ReadGate(String closedMessage) {
    this.closedMessage = closedMessage;
  }

  /**
   * Enters, and returns a ticket for {@link #leave}.
   *
   * @throws IllegalStateException if the gate is closed
   */
  int enter() {
    int ticket = tryEnter();
    if (ticket < 0) {
      throw new IllegalStateException(closedMessage);
    }
    return ticket;
  }

  /** As {@link #enter()}, but -1 if the gate is closed. */
  int tryEnter() {
    int ticket = (int) (Thread.currentThread().getId() % COUNTERS) * STRIDE;
    inside.incrementAndGet(ticket);
    if (closed) {
      inside.decrementAndGet(ticket);
      return -1;
    }
    return ticket;
  }

  void leave(int ticket) {
    inside.decrementAndGet(ticket);
  }

  /** Lets nobody in any more and returns when all have left; idempotent. */
  public void closeAndWait() {
    closed = true;
    for (int ticket = 0; ticket < COUNTERS * STRIDE; ticket += STRIDE) {
      while (inside.get(ticket) != 0) {
        LockSupport.parkNanos(WAIT_NANOS);
      }
    }
  }
}
