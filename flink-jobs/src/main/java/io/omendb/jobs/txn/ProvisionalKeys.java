package io.omendb.jobs.txn;

import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.table.KeyCodec;
import io.omendb.jobs.table.Sharding;
import java.nio.ByteBuffer;

/**
 * Keys of rows inserted into a table without a primary key, before their transaction has the CSN
 * that will be in them: Long.MAX_VALUE stands for it, so they order after all committed rows.
 */
final class ProvisionalKeys {
  private static final long CSN = Long.MAX_VALUE;

  private ProvisionalKeys() {}

  static byte[] key(int ordinal) {
    return KeyCodec.rowKey(CSN, ordinal);
  }

  static boolean isProvisional(byte[] key) {
    return key.length == KeyCodec.ROW_KEY_BYTES && ByteBuffer.wrap(key).getLong() == CSN;
  }

  /** The same change with the key and shard that it has at {@code csn}. */
  static RowChange resolve(RowChange change, long csn, int shardCount) {
    int ordinal = ByteBuffer.wrap(change.key()).getInt(Long.BYTES);
    byte[] key = KeyCodec.rowKey(csn, ordinal);
    int shard = Sharding.shard(key, key.length, shardCount);
    return new RowChange(change.tableId(), change.schemaVersion(), shard, key, change.row());
  }
}
