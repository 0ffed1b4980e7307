package io.omendb.state.store;

import org.jspecify.annotations.Nullable;

/**
 * Lock-free, versioned reads of a {@link VersionedStore}; any number of threads may call while the
 * single writer writes.
 *
 * <p>An entry is addressed by (keyspace, key group, key) and has versions. A read at version {@code
 * v} sees, per key, the newest entry whose version is at most {@code v}. Keys order as unsigned
 * bytes. Byte arrays that are returned belong to the caller; byte arrays that are passed are not
 * retained.
 */
public interface StoreReader {

  /** The newest value at or below {@code version}; null where there is none or it is a deletion. */
  byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version);

  /** What {@link #getPromptly} returns where it would have to wait; compared by identity. */
  byte[] NOT_PROMPTLY = new byte[0];

  /**
   * As {@link #get}, for threads that must not wait: {@link #NOT_PROMPTLY} where the answer takes a
   * read of the device, or copying a value of more than {@code valueBytesMax}.
   */
  byte @Nullable [] getPromptly(
      int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax);

  /**
   * The version of the newest entry at or below {@code version}, deletions included; -1 where there
   * is none.
   */
  long newestVersion(int keyspace, int keyGroup, byte[] key, long version);

  /**
   * Keys in [{@code fromInclusive}, {@code toExclusive}) of one keyspace and key group in key
   * order, each with its newest entry at or below {@code version}. Deletions are visited too (see
   * {@link StoreCursor#isDeleted()}). Null bounds are open.
   */
  StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version);
}
