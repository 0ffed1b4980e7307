package io.omendb.state.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One scan: per key the newest entry at or below a version. Pins its sources until closed. */
final class SnapshotCursor implements StoreCursor {

  private final EntryCursor entries;
  private final byte @Nullable [] toExclusive;
  private final long snapshot;
  private final List<Runnable> pins;
  private byte[] shownKey = new byte[64];
  private int shownKeyLength = -1;
  private boolean onEntry;
  private boolean ended;

  /** Whether a source threw: where it stands is not known, and entries could be left out. */
  private boolean failed;

  private boolean closed;

  /**
   * @param pins release the sources; run once, on close
   */
  SnapshotCursor(
      EntryCursor entries, byte @Nullable [] toExclusive, long snapshot, List<Runnable> pins) {
    this.entries = entries;
    this.toExclusive = toExclusive == null ? null : toExclusive.clone();
    this.snapshot = snapshot;
    this.pins = pins;
  }

  @Override
  public boolean next() {
    if (closed) {
      throw new IllegalStateException("the cursor is closed");
    }
    if (failed) {
      throw new IllegalStateException("the cursor failed before");
    }
    failed = true;
    onEntry = !ended && advanceToShown();
    failed = false;
    ended = !onEntry;
    return onEntry;
  }

  private boolean advanceToShown() {
    try {
      while (entries.advance()) {
        if (toExclusive != null && compareKey(toExclusive, toExclusive.length) >= 0) {
          return false;
        }
        if (entries.version <= snapshot
            && (shownKeyLength < 0 || compareKey(shownKey, shownKeyLength) != 0)) {
          rememberKey();
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int compareKey(byte[] other, int length) {
    return Arrays.compareUnsigned(
        entries.keyBytes,
        entries.keyOffset,
        entries.keyOffset + entries.keyLength,
        other,
        0,
        length);
  }

  private void rememberKey() {
    if (shownKey.length < entries.keyLength) {
      shownKey = new byte[2 * entries.keyLength];
    }
    System.arraycopy(entries.keyBytes, entries.keyOffset, shownKey, 0, entries.keyLength);
    shownKeyLength = entries.keyLength;
  }

  private void checkOnEntry() {
    if (!onEntry || closed) {
      throw new IllegalStateException("the cursor is on no entry");
    }
  }

  @Override
  public byte[] key() {
    checkOnEntry();
    return Arrays.copyOf(shownKey, shownKeyLength);
  }

  @Override
  public byte[] value() {
    checkOnEntry();
    return entries.value();
  }

  @Override
  public long version() {
    checkOnEntry();
    return entries.version;
  }

  @Override
  public boolean isDeleted() {
    checkOnEntry();
    return entries.deleted;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Releases.runAll(pins);
    }
  }
}
