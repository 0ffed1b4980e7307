package io.omendb.state.store;

import org.jspecify.annotations.Nullable;

/** A store without an entry, for whoever needs a reader and no rows. */
public final class EmptyReader implements StoreReader {

  @Override
  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
    return null;
  }

  @Override
  public byte @Nullable [] getPromptly(
      int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
    return null;
  }

  @Override
  public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
    return -1;
  }

  @Override
  public StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version) {
    return new StoreCursor() {
      @Override
      public boolean next() {
        return false;
      }

      @Override
      public byte[] key() {
        throw new IllegalStateException("no entry");
      }

      @Override
      public byte[] value() {
        throw new IllegalStateException("no entry");
      }

      @Override
      public long version() {
        throw new IllegalStateException("no entry");
      }

      @Override
      public boolean isDeleted() {
        throw new IllegalStateException("no entry");
      }

      @Override
      public void close() {}
    };
  }
}
