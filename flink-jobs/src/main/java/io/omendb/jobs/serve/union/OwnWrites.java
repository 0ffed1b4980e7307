package io.omendb.jobs.serve.union;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the reading transaction itself did to one table and has not committed; it hides what is
 * stored under the same keys. {@code created} is the schema where the transaction made the table.
 */
record OwnWrites(
    @Nullable TableSchema created, Map<Integer, Map<byte[], RowChange>> changesByShard) {

  static OwnWrites of(int tableId, List<Change> changes) {
    TableSchema created = null;
    Map<Integer, Map<byte[], RowChange>> byShard = new HashMap<>();
    for (Change change : changes) {
      if (change instanceof RowChange row && row.tableId() == tableId) {
        byShard
            .computeIfAbsent(row.shard(), shard -> new TreeMap<>(Arrays::compareUnsigned))
            .put(row.key(), row);
      } else if (change instanceof CreateTable create && create.schema().tableId() == tableId) {
        created = create.schema();
      } else if (change instanceof TruncateTable truncate
          && truncate.replacement().tableId() == tableId) {
        created = truncate.replacement();
      }
    }
    return new OwnWrites(created, byShard);
  }

  /** Whether the transaction wrote that key, a deletion included. */
  boolean covers(int shard, byte[] key) {
    return changesByShard.getOrDefault(shard, Map.of()).containsKey(key);
  }

  /** Keys that the transaction wrote in a shard. */
  List<byte[]> keys(int shard) {
    return new ArrayList<>(changesByShard.getOrDefault(shard, Map.of()).keySet());
  }

  /** Rows that the transaction wrote in a shard, as bytes. */
  List<byte[]> rows(int shard) {
    List<byte[]> rows = new ArrayList<>();
    for (RowChange change : changesByShard.getOrDefault(shard, Map.of()).values()) {
      byte[] row = change.row();
      if (row != null) {
        rows.add(row);
      }
    }
    return rows;
  }
}
