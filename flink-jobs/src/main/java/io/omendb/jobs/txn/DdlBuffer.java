package io.omendb.jobs.txn;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.CatalogState;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A transaction's DDL and the catalog as it sees it. Changes to a table that the transaction itself
 * created fold into that creation, so each is about one committed table or one new one. Confined to
 * the transaction's thread.
 *
 * <p>The catalog's version is negative once there is own DDL, unique among transactions and rising
 * within one, so that no plan made for it is taken for another's.
 */
final class DdlBuffer {
  private static final int STEPS_BITS = 16;

  private final List<Change> changes = new ArrayList<>();
  private final Set<Integer> created = new HashSet<>();
  private CatalogState catalog;
  private long nextVersion;

  DdlBuffer(CatalogState committed, long transactionId) {
    catalog = committed;
    nextVersion = Long.MIN_VALUE + (transactionId << STEPS_BITS);
  }

  CatalogState catalog() {
    return catalog;
  }

  List<Change> changes() {
    return changes;
  }

  /** Whether this transaction made that table, so that nobody else can see it. */
  boolean isOwn(int tableId) {
    return created.contains(tableId);
  }

  void create(TableSchema schema) {
    changes.add(new CreateTable(schema));
    created.add(schema.tableId());
    catalog = catalog.create(nextVersion++, schema);
  }

  void drop(int tableId) {
    catalog = catalog.drop(nextVersion++, tableId);
    if (!created.remove(tableId)) {
      changes.add(new DropTable(tableId));
      return;
    }
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      if (change instanceof CreateTable create && create.schema().tableId() == tableId) {
        changes.remove(i);
        return;
      }
      if (change instanceof TruncateTable truncate && truncate.replacement().tableId() == tableId) {
        changes.set(i, new DropTable(truncate.tableId()));
        return;
      }
    }
  }

  void truncate(int tableId, TableSchema replacement) {
    changes.add(new TruncateTable(tableId, replacement));
    created.add(replacement.tableId());
    catalog = catalog.truncate(nextVersion++, tableId, replacement);
  }
}
