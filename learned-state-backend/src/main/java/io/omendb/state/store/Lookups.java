package io.omendb.state.store;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Lookup}s of one store between two reads, with the buffers that they have. At most one
 * is kept for each stripe of the {@link ReadGuard}, so threads hardly meet. Thread-safe.
 *
 * <p>Rejected: a thread local, which outlives the store on threads of others.
 */
final class Lookups {

  private static final int BUFFER_BYTES_MAX = 64 << 10;

  private final AtomicReferenceArray<@Nullable Lookup> idle =
      new AtomicReferenceArray<>(ReadGuard.TICKET_COUNT);

  /**
   * A lookup that has found nothing.
   *
   * @param ticket of {@link ReadGuard#enter()}
   */
  Lookup take(int ticket) {
    Lookup lookup = idle.getAndSet(ticket, null);
    return lookup == null ? new Lookup() : lookup;
  }

  void giveBack(int ticket, Lookup lookup) {
    lookup.clear(BUFFER_BYTES_MAX);
    idle.setRelease(ticket, lookup);
  }
}
