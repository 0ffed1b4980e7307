package io.omendb.jobs.txn;

import io.omendb.jobs.table.Sharding;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What can be locked: a row, a table, or the name of a table to be. The bytes must not change
 * afterwards.
 */
final class LockKey {
  private static final int TABLES = -1;
  private static final int NAMES = -2;

  private final int space;
  private final byte[] bytes;
  private final int hash;

  private LockKey(int space, byte[] bytes) {
    this.space = space;
    this.bytes = bytes;
    hash = 31 * space + Sharding.hash(bytes, bytes.length);
  }

  static LockKey row(int tableId, byte[] key) {
    return new LockKey(tableId, key);
  }

  static LockKey table(int tableId) {
    return new LockKey(
        TABLES,
        new byte[] {
          (byte) (tableId >>> 24), (byte) (tableId >>> 16), (byte) (tableId >>> 8), (byte) tableId
        });
  }

  static LockKey name(String namespace, String name) {
    return new LockKey(NAMES, (namespace + "\0" + name).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LockKey that
        && space == that.space
        && hash == that.hash
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return switch (space) {
      case TABLES -> "table " + Arrays.toString(bytes);
      case NAMES -> "name " + new String(bytes, StandardCharsets.UTF_8).replace('\0', '.');
      default -> "row of table " + space;
    };
  }
}
