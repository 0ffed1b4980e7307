package io.omendb.state.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Entries of one section in order: key ascending as unsigned bytes, then version descending.
 * Confined to one thread. Key bytes are valid until the next {@link #advance()}; nothing is copied
 * that the reader does not ask for.
 */
abstract class EntryCursor {

  /** Current key: {@code keyBytes[keyOffset, keyOffset + keyLength)}. */
  byte[] keyBytes = NO_BYTES;

  int keyOffset;
  int keyLength;
  long version;
  boolean deleted;

  static final byte[] NO_BYTES = new byte[0];

  /** Moves to the next entry; false at the end. */
  abstract boolean advance() throws IOException;

  abstract int valueLength();

  /** Copies the current value. */
  abstract void copyValue(byte[] target, int offset);

  /**
   * What a filter says of the current value. Cursors that know where it lies show it there; others
   * a copy.
   */
  boolean mayDrop(EntryFilter.Pass filter) {
    return filter.mayDrop(ByteBuffer.wrap(value()), 0, valueLength());
  }

  final byte[] value() {
    int length = valueLength();
    if (length == 0) {
      return NO_BYTES;
    }
    byte[] value = new byte[length];
    copyValue(value, 0);
    return value;
  }

  final int compareKey(EntryCursor other) {
    return Arrays.compareUnsigned(
        keyBytes,
        keyOffset,
        keyOffset + keyLength,
        other.keyBytes,
        other.keyOffset,
        other.keyOffset + other.keyLength);
  }
}
