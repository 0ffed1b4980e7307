package io.omendb.state.store;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Decides which entries of a section survive a rewrite, and writes them. Of each key: all versions
 * above the horizon, and of those at or below it the newest; but not even that if it is a deletion
 * with nothing older beneath.
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
  private byte[] key = new byte[64];
  private int keyLength;

  RunMerger(RunOutput output, BooleanSupplier aborted) {
    this.output = output;
    this.aborted = aborted;
  }

  /**
   * @param entries the section's entries, merged
   * @param horizon of the section's keyspace
   * @param bottom whether no older source has anything of this section
   */
  void write(long section, EntryCursor entries, long horizon, boolean bottom) throws IOException {
    keyLength = -1;
    boolean horizonPassed = false;
    for (long count = 1; entries.advance(); count++) {
      if (count % ENTRIES_PER_ABORT_CHECK == 0 && aborted.getAsBoolean()) {
        throw new AbortedException();
      }
      if (!isCurrentKey(entries)) {
        rememberKey(entries);
        horizonPassed = false;
      }
      if (entries.version <= horizon) {
        boolean droppable = horizonPassed || (entries.deleted && bottom);
        horizonPassed = true;
        if (droppable) {
          continue;
        }
      }
      output.append(section, entries);
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
