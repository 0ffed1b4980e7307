package io.omendb.state.store;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Bounds the bytes of data blocks held in memory, with the second-chance rule (Corbató's clock): a
 * block read since it was last looked at goes round once more.
 *
 * <p>The blocks hang in an array of their run, so finding a cached block is one array load and
 * takes no lock and no hash; only loads and evictions come here. Chosen over mapping the files,
 * because Java 17 can unmap only by garbage collection (deleted runs would keep their disk space),
 * because a checksum can be verified once per load, and because memory stays inside its bound.
 */
final class BlockCache {

  private final long capacityBytes;
  private final StoreMetrics metrics;
  private final ArrayDeque<Resident> residents = new ArrayDeque<>();
  private long residentBytes;

  private record Resident(AtomicReferenceArray<Block> slots, int index, Block block) {}

  BlockCache(long capacityBytes, StoreMetrics metrics) {
    this.capacityBytes = capacityBytes;
    this.metrics = metrics;
  }

  /** Puts a block that was just loaded into its slot, evicting others for it. */
  void admit(AtomicReferenceArray<Block> slots, int index, Block block) {
    if (block.bytes.length > capacityBytes) {
      return;
    }
    synchronized (residents) {
      if (!slots.compareAndSet(index, null, block)) {
        return;
      }
      residents.addLast(new Resident(slots, index, block));
      residentBytes += block.bytes.length;
      while (residentBytes > capacityBytes) {
        Resident candidate = residents.removeFirst();
        if (candidate.block.touched) {
          candidate.block.touched = false;
          residents.addLast(candidate);
        } else {
          evict(candidate);
          metrics.blockEvictions.increment();
        }
      }
    }
  }

  /** Forgets all blocks of a run that is no longer read. */
  void forget(AtomicReferenceArray<Block> slots) {
    synchronized (residents) {
      residents.removeIf(
          resident -> {
            if (resident.slots != slots) {
              return false;
            }
            evict(resident);
            return true;
          });
    }
  }

  private void evict(Resident resident) {
    resident.slots.set(resident.index, null);
    residentBytes -= resident.block.bytes.length;
  }

  long residentBytes() {
    synchronized (residents) {
      return residentBytes;
    }
  }
}
