package io.omendb.state.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tells when no reader can hold a reference to something that was taken out of the store's view.
 *
 * <p>Readers count themselves in and out of one of 64 stripes, chosen by thread; they never wait.
 * What is retired is released once each stripe was seen at zero after the retirement: a reader that
 * came before it has then left, one that comes after it sees the new view. The order that this
 * needs (count in, then read the view; write the view, then read the counts) is that of Java's
 * volatile accesses.
 *
 * <p>Rejected: reference counts on the view itself, because all readers would write one cache line.
 */
final class ReadGuard {

  private static final int STRIPE_COUNT = 64;
  private static final int STRIPE_SPACING = 16;

  /** Tickets are below this. */
  static final int TICKET_COUNT = STRIPE_COUNT * STRIPE_SPACING;

  private final AtomicLongArray readers = new AtomicLongArray(TICKET_COUNT);

  private final List<Retired> retired = new ArrayList<>();

  /** Taken from the list, but perhaps not yet released. */
  @GuardedBy("retired")
  private int releasingCount;

  private static final class Retired {
    private final Runnable release;
    private long stripesPending = -1;

    Retired(Runnable release) {
      this.release = release;
    }
  }

  /** Begins a read; the result goes to {@link #exit}. */
  int enter() {
    int stripe = (int) ((Thread.currentThread().getId() * 0x9E3779B9L) >>> 7) & (STRIPE_COUNT - 1);
    int index = stripe * STRIPE_SPACING;
    readers.getAndIncrement(index);
    return index;
  }

  void exit(int ticket) {
    readers.getAndDecrement(ticket);
  }

  /** Runs {@code release} when all present readers have left: now, or in a later call. */
  void retire(Runnable release) {
    retireAll(List.of(release));
  }

  /** As {@link #retire}, of several; a failure of one keeps none of the others. */
  void retireAll(List<? extends Runnable> releases) {
    synchronized (retired) {
      releases.forEach(release -> retired.add(new Retired(release)));
    }
    poll();
  }

  /**
   * Releases what can be released; true if nothing is left, neither here nor in the hands of
   * another thread.
   */
  boolean poll() {
    List<Runnable> due = takeDue();
    try {
      Releases.runAll(due);
    } finally {
      synchronized (retired) {
        releasingCount -= due.size();
      }
    }
    synchronized (retired) {
      return retired.isEmpty() && releasingCount == 0;
    }
  }

  private List<Runnable> takeDue() {
    List<Runnable> due = new ArrayList<>();
    synchronized (retired) {
      for (int i = retired.size() - 1; i >= 0; i--) {
        Retired candidate = retired.get(i);
        for (int stripe = 0; stripe < STRIPE_COUNT; stripe++) {
          if ((candidate.stripesPending & (1L << stripe)) != 0
              && readers.get(stripe * STRIPE_SPACING) == 0) {
            candidate.stripesPending &= ~(1L << stripe);
          }
        }
        if (candidate.stripesPending == 0) {
          due.add(candidate.release);
          retired.remove(i);
        }
      }
      releasingCount += due.size();
    }
    return due;
  }
}
