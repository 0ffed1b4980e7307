package io.omendb.state.store;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which entries of a section survive a rewrite, and writes them. Of each key: all versions
 * above the horizon, and of those at or below it the newest; but not even that if it is a deletion
 * with nothing older beneath. A live entry that the keyspace's {@link EntryFilter} lets go counts
 * as a deletion: above the horizon, where a snapshot may need it, the filter is not asked, and
 * where older versions may lie beneath, a deletion takes its place so that they do not come back.
 */
final class RunMerger {

  /** The store is being closed; the work is of no use any more. */
  static final class AbortedException extends IOException {
    private static final long serialVersionUID = 1L;

    AbortedException() {
      super("the store is being closed");
    }
  }

  private static final int ENTRIES_PER_ABORT_CHECK = 1024;

  private final RunOutput output;
  private final BooleanSupplier aborted;
  private final EntryFilters filters;
  private final StoreMetrics metrics;
  private byte[] key = new byte[64];
  private int keyLength;
  private final Deletion deletion = new Deletion();

  RunMerger(RunOutput output, BooleanSupplier aborted, EntryFilters filters, StoreMetrics metrics) {
    this.output = output;
    this.aborted = aborted;
    this.filters = filters;
    this.metrics = metrics;
  }

  /**
   * @param entries the section's entries, merged
   * @param horizon of the section's keyspace
   * @param bottom whether no older source has anything of this section
   */
  void write(long section, EntryCursor entries, long horizon, boolean bottom) throws IOException {
    keyLength = -1;
    boolean horizonPassed = false;
    EntryFilters.Active filter = filters.begin(Section.keyspace(section));
    for (long count = 1; entries.advance(); count++) {
      if (count % ENTRIES_PER_ABORT_CHECK == 0 && aborted.getAsBoolean()) {
        throw new AbortedException();
      }
      if (!isCurrentKey(entries)) {
        rememberKey(entries);
        horizonPassed = false;
      }
      if (entries.version <= horizon) {
        if (horizonPassed) {
          continue;
        }
        horizonPassed = true;
        boolean filtered = isFiltered(filter, entries);
        if (filtered) {
          metrics.entriesFiltered.increment();
        }
        if (bottom && (filtered || entries.deleted)) {
          continue;
        }
        if (filtered) {
          output.append(section, deletion.of(entries));
          continue;
        }
      }
      output.append(section, entries);
    }
  }

  private static boolean isFiltered(EntryFilters.@Nullable Active filter, EntryCursor entry) {
    return filter != null
        && !entry.deleted
        && entry.version >= filter.fromVersion()
        && entry.mayDrop(filter.pass());
  }

  /** The deletion of an entry, in its place. */
  private static final class Deletion extends EntryCursor {

    Deletion of(EntryCursor entry) {
      keyBytes = entry.keyBytes;
      keyOffset = entry.keyOffset;
      keyLength = entry.keyLength;
      version = entry.version;
      deleted = true;
      return this;
    }

    @Override
    boolean advance() {
      throw new UnsupportedOperationException("a deletion is one entry");
    }

    @Override
    int valueLength() {
      return 0;
    }

    @Override
    void copyValue(byte[] target, int offset) {
      // There is none.
    }
  }

  private boolean isCurrentKey(EntryCursor entries) {
    return keyLength == entries.keyLength
        && Arrays.equals(
            key,
            0,
            keyLength,
            entries.keyBytes,
            entries.keyOffset,
            entries.keyOffset + entries.keyLength);
  }

  private void rememberKey(EntryCursor entries) {
    if (key.length < entries.keyLength) {
      key = new byte[2 * entries.keyLength];
    }
    System.arraycopy(entries.keyBytes, entries.keyOffset, key, 0, entries.keyLength);
    keyLength = entries.keyLength;
  }
}
