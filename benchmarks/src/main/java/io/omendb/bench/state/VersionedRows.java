package io.omendb.bench.state;

import io.omendb.state.backend.table.TableState;
import io.omendb.state.store.StoreReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Rows whose every version is known without a table: version {@code v} (from 1 on) writes the row
 * at place {@code (v - 1) mod count}, so the newest version of a place at or below {@code s} is the
 * greatest {@code v <= s} with that remainder. Places are in no order of keys. Each value begins
 * with its place and version. Written by one thread, checked by any.
 */
record VersionedRows(TableState table, StoreReader reader, long count, byte[] noise) {

  static final int KEYSPACE = 1;

  static VersionedRows of(TableState table, long count, int valueBytes) {
    byte[] noise = new byte[valueBytes];
    new SplittableRandom(7).nextBytes(noise);
    return new VersionedRows(table, table.reader(), count, noise);
  }

  private static byte[] key(long place) {
    return ByteBuffer.allocate(Long.BYTES).putLong(Scatter.mix(place)).array();
  }

  private static int keyGroup(long place) {
    return (int) (Scatter.mix(~place) >>> 1 & (OpenBackend.KEY_GROUPS - 1));
  }

  void write(long version) {
    long place = (version - 1) % count;
    byte[] value = Arrays.copyOf(noise, noise.length);
    ByteBuffer.wrap(value).putLong(place).putLong(version);
    table.put(KEYSPACE, keyGroup(place), key(place), version, value);
  }

  /** What is stored of a place at a snapshot; null if nothing. */
  byte @org.jspecify.annotations.Nullable [] read(long place, long snapshot) {
    return reader.get(KEYSPACE, keyGroup(place), key(place), snapshot);
  }

  /** Whether {@code found} is what a read at {@code snapshot}, at least the count, must find. */
  boolean isRight(byte @org.jspecify.annotations.Nullable [] found, long place, long snapshot) {
    if (found == null || found.length != noise.length) {
      return false;
    }
    ByteBuffer value = ByteBuffer.wrap(found);
    long expected = snapshot - Math.floorMod(snapshot - 1 - place, count);
    return value.getLong() == place && value.getLong() == expected;
  }
}
