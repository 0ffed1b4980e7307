package io.omendb.state.store;

/**
 * Takes the values of reads, one after another, without an allocation for each. Owned by one
 * reader.
 */
public final class ValueBuffer {

  private byte[] bytes = new byte[256];
  private int length;

  /** The value is {@code bytes()[0, length())} until the next read. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** An array of at least {@code newLength} bytes, for a value of that length. */
  byte[] prepare(int newLength) {
    if (bytes.length < newLength) {
      bytes = new byte[Math.max(newLength, 2 * bytes.length)];
    }
    length = newLength;
    return bytes;
  }
}
