package io.omendb.state.store;

/** A forward cursor over one scan; confined to one thread, pins the files it reads until closed. */
public interface StoreCursor extends AutoCloseable {

  /** Moves to the next key; false at the end, and then for ever. */
  boolean next();

  /** The current key, a copy. */
  byte[] key();

  /** The current value, a copy; empty for a deletion. */
  byte[] value();

  /** The version of the current entry. */
  long version();

  /** Whether the current entry is a deletion. */
  boolean isDeleted();

  @Override
  void close();
}
