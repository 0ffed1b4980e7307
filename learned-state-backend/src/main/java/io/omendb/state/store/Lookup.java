package io.omendb.state.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The best entry found so far by one point read, over sources asked from newest to oldest. Refers
 * to memory of the source, so what it found lives no longer than the read's {@link ReadGuard}
 * section. Used again by later reads; see {@link Lookups}.
 */
final class Lookup {

  /** Version of the entry found; -1 for none. */
  long version = -1;

  /** How many runs were spared by their filters. */
  int filterHits;

  /** Whether blocks may only be read that are in memory. */
  private boolean memoryOnly;

  private boolean gaveUp;

  /** Where the value lies; null for a deletion or nothing. */
  private @Nullable ByteBuffer source;

  private int valueOffset;
  private int valueLength;
  private BlockView view = new BlockView();
  private BlockView held = new BlockView();
  private int reads;

  /** Where the next block is to be shown. */
  BlockView view() {
    return view;
  }

  /** Whether this block read should ask for residency, which one of {@code every} does. */
  boolean asks(int every) {
    return (++reads & (every - 1)) == 0;
  }

  /** For a thread that must not wait for a device. */
  void restrictToMemory() {
    memoryOnly = true;
  }

  boolean isRestrictedToMemory() {
    return memoryOnly;
  }

  /** A block is not in memory: nothing is known of the key. */
  void giveUp() {
    gaveUp = true;
  }

  /** The value as {@link #value()}; {@link StoreReader#NOT_PROMPTLY} as that says. */
  byte @Nullable [] promptValue(int bytesMax) {
    return gaveUp || (source != null && valueLength > bytesMax)
        ? StoreReader.NOT_PROMPTLY
        : value();
  }

  void found(long foundVersion, ByteBuffer newSource, int offset, int length) {
    version = foundVersion;
    source = newSource;
    valueOffset = offset;
    valueLength = length;
  }

  /** As the other, of an entry in {@link #view()}, which is kept while other blocks are shown. */
  void foundInView(long foundVersion, int offset, int length) {
    found(foundVersion, view.bytes(), offset, length);
    BlockView next = held;
    held = view;
    view = next;
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

  /** Forgets what was found, and buffers larger than {@code bufferBytesMax}. */
  void clear(int bufferBytesMax) {
    version = -1;
    filterHits = 0;
    memoryOnly = false;
    gaveUp = false;
    source = null;
    view.clear(bufferBytesMax);
    held.clear(bufferBytesMax);
  }
}
