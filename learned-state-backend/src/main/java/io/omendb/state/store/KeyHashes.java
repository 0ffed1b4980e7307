package io.omendb.state.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hashes of a run's keys while it is written, so that its filter is made when their number is
 * known. Beyond {@link #COLLECTED_MAX} they go into a filter that is sized by a bound of the
 * number. One thread.
 */
final class KeyHashes {

  /** 32 MiB of hashes. */
  private static final int COLLECTED_MAX = 4 << 20;

  private static final int CHUNK_LENGTH = 1 << 14;

  private final int bitsPerKey;
  private final long keyCountMax;
  private final List<long[]> chunks = new ArrayList<>();
  private int count;
  private @Nullable RunFilter filter;

  /**
   * @param bitsPerKey 0 for no filter
   * @param keyCountMax bound of the number of hashes to come
   */
  KeyHashes(int bitsPerKey, long keyCountMax) {
    this.bitsPerKey = bitsPerKey;
    this.keyCountMax = keyCountMax;
  }

  void add(long hash) {
    if (bitsPerKey == 0) {
      return;
    }
    RunFilter open = filter;
    if (open != null) {
      open.add(hash);
      return;
    }
    if (count == COLLECTED_MAX) {
      open = fill(Math.max(keyCountMax, count + 1L));
      open.add(hash);
      filter = open;
      return;
    }
    if (count % CHUNK_LENGTH == 0) {
      chunks.add(new long[CHUNK_LENGTH]);
    }
    chunks.get(chunks.size() - 1)[count++ % CHUNK_LENGTH] = hash;
  }

  private RunFilter fill(long keyCount) {
    RunFilter filled = RunFilter.create(keyCount, bitsPerKey);
    for (int i = 0; i < count; i++) {
      filled.add(chunks.get(i / CHUNK_LENGTH)[i % CHUNK_LENGTH]);
    }
    chunks.clear();
    return filled;
  }

  /** The filter of all hashes; null if none is wanted. */
  @Nullable RunFilter filter() {
    return bitsPerKey == 0 ? null : filter != null ? filter : fill(count);
  }
}
