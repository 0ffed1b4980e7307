package io.omendb.state.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The best entry found so far by one point read, over sources asked from newest to oldest. Refers
 * to memory of the source, so it lives no longer than the read's {@link ReadGuard} section.
 */
final class Lookup {

  /** Version of the entry found; -1 for none. */
  long version = -1;

  /** How many runs were spared by their filters. */
  int filterHits;

  /** Where the value lies; null for a deletion or nothing. */
  private @Nullable ByteBuffer source;

  private int valueOffset;
  private int valueLength;

  void found(long foundVersion, ByteBuffer newSource, int offset, int length) {
    version = foundVersion;
    source = newSource;
    valueOffset = offset;
    valueLength = length;
  }

  void foundDeletion(long foundVersion) {
    version = foundVersion;
    source = null;
  }

  /** A copy of the value; null for a deletion or nothing. */
  byte @Nullable [] value() {
    if (source == null) {
      return null;
    }
    byte[] value = new byte[valueLength];
    source.get(valueOffset, value, 0, valueLength);
    return value;
  }

  /** Copies the value; false for a deletion or nothing. */
  boolean copyTo(ValueBuffer target) {
    if (source == null) {
      return false;
    }
    source.get(valueOffset, target.prepare(valueLength), 0, valueLength);
    return true;
  }
}
