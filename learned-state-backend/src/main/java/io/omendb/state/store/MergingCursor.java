package io.omendb.state.store;

import java.io.IOException;
import java.util.List;

/**
 * Merges cursors over one section. Of entries with the same key and version only that of the first
 * source, the newest, is shown. Sources are few (the bound is the number of runs), so the smallest
 * is found by looking at all.
 */
final class MergingCursor extends EntryCursor {

  /** Newest first; those at their end are removed by moving the rest up. */
  private final EntryCursor[] sources;

  private int sourceCount;
  private int current = -1;
  private boolean started;

  MergingCursor(List<? extends EntryCursor> newestFirst) {
    this.sources = newestFirst.toArray(EntryCursor[]::new);
    this.sourceCount = sources.length;
  }

  @Override
  boolean advance() throws IOException {
    if (!started) {
      started = true;
      for (int i = sourceCount - 1; i >= 0; i--) {
        advanceSource(i);
      }
    } else if (current >= 0) {
      EntryCursor shown = sources[current];
      for (int i = sourceCount - 1; i > current; i--) {
        if (sources[i].version == shown.version && sources[i].compareKey(shown) == 0) {
          advanceSource(i);
        }
      }
      advanceSource(current);
    }
    current = smallest();
    if (current < 0) {
      return false;
    }
    EntryCursor source = sources[current];
    keyBytes = source.keyBytes;
    keyOffset = source.keyOffset;
    keyLength = source.keyLength;
    version = source.version;
    deleted = source.deleted;
    return true;
  }

  private void advanceSource(int index) throws IOException {
    if (!sources[index].advance()) {
      System.arraycopy(sources, index + 1, sources, index, sourceCount - index - 1);
      sourceCount--;
    }
  }

  private int smallest() {
    if (sourceCount == 0) {
      return -1;
    }
    int best = 0;
    for (int i = 1; i < sourceCount; i++) {
      int order = sources[i].compareKey(sources[best]);
      if (order < 0 || (order == 0 && sources[i].version > sources[best].version)) {
        best = i;
      }
    }
    return best;
  }

  @Override
  int valueLength() {
    return sources[current].valueLength();
  }

  @Override
  boolean mayDrop(EntryFilter.Pass filter) {
    return sources[current].mayDrop(filter);
  }

  @Override
  void copyValue(byte[] target, int offset) {
    sources[current].copyValue(target, offset);
  }
}
