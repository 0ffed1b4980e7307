package io.omendb.gateway.memory;

import io.omendb.gateway.memory.MemoryDatabase.ByteKey;
import io.omendb.gateway.memory.MemoryDatabase.Table;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.CatalogState;
import io.omendb.jobs.table.KeyCodec;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** A transaction of a {@link MemoryDatabase}. */
final class MemoryTransaction implements Transaction {
  private final MemoryDatabase database;
  private final long id;
  private final long snapshot;
  private final Map<Integer, NavigableMap<byte[], byte @Nullable []>> writes = new HashMap<>();
  private final Map<Integer, Table> ownTables = new HashMap<>();
  private CatalogState catalog;
  private boolean definitions;
  private boolean ended;
  private int ordinal;

  MemoryTransaction(MemoryDatabase database, long id, long snapshot) {
    this.database = database;
    this.id = id;
    this.snapshot = snapshot;
    catalog = database.catalogAt(snapshot);
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public long snapshot() {
    return snapshot;
  }

  @Override
  public Catalog catalog() {
    return catalog;
  }

  @Override
  public boolean hasWrites() {
    return definitions || !writes.isEmpty();
  }

  private Table table(TableSchema schema) {
    Table own = ownTables.get(schema.tableId());
    if (own != null) {
      return own;
    }
    Table shared = database.tables.get(schema.tableId());
    if (shared == null) {
      throw new OmenException(
          ErrorCode.UNDEFINED_TABLE, "relation \"%s\" does not exist".formatted(schema.name()));
    }
    return shared;
  }

  private byte @Nullable [] visible(Table table, int tableId, byte[] key) {
    NavigableMap<byte[], byte @Nullable []> own = writes.get(tableId);
    if (own != null && own.containsKey(key)) {
      return own.get(key);
    }
    NavigableMap<Long, byte @Nullable []> versions = table.rows.get(key);
    Map.Entry<Long, byte @Nullable []> newest =
        versions == null ? null : versions.floorEntry(snapshot);
    return newest == null ? null : newest.getValue();
  }

  @Override
  public CompletableFuture<@Nullable StoredRow> get(TableSchema schema, List<Object> keyValues) {
    synchronized (database) {
      Table table = table(schema);
      byte[] key = table.codec.key(keyValues);
      byte[] row = visible(table, schema.tableId(), key);
      return CompletableFuture.completedFuture(
          row == null ? null : new StoredRow(0, key, table.codec.rows().decode(row)));
    }
  }

  @Override
  public RowCursor scan(TableSchema schema, KeyRange range) {
    List<StoredRow> found = new ArrayList<>();
    synchronized (database) {
      Table table = table(schema);
      KeyCodec.ByteRange bytes =
          table
              .codec
              .keys()
              .range(
                  range.prefix(),
                  range.lower(),
                  range.lowerInclusive(),
                  range.upper(),
                  range.upperInclusive());
      NavigableMap<byte[], Boolean> keys = new TreeMap<>(Arrays::compareUnsigned);
      slice(table.rows, bytes).keySet().forEach(k -> keys.put(k, true));
      NavigableMap<byte[], byte @Nullable []> own = writes.get(schema.tableId());
      if (own != null) {
        slice(own, bytes).keySet().forEach(k -> keys.put(k, true));
      }
      for (byte[] key : keys.keySet()) {
        byte[] row = visible(table, schema.tableId(), key);
        if (row != null) {
          found.add(new StoredRow(0, key, table.codec.rows().decode(row)));
        }
      }
    }
    return new ListCursor(found.iterator());
  }

  private static <V> NavigableMap<byte[], V> slice(
      NavigableMap<byte[], V> map, KeyCodec.ByteRange range) {
    if (range.isEmpty()) {
      return new TreeMap<>(Arrays::compareUnsigned);
    }
    byte[] to = range.toExclusive();
    return to == null
        ? map.tailMap(range.fromInclusive(), true)
        : map.subMap(range.fromInclusive(), true, to, false);
  }

  private static final class ListCursor implements RowCursor {
    private final Iterator<StoredRow> rows;
    private @Nullable StoredRow current;

    ListCursor(Iterator<StoredRow> rows) {
      this.rows = rows;
    }

    @Override
    public boolean next() {
      current = rows.hasNext() ? rows.next() : null;
      return current != null;
    }

    @Override
    public StoredRow current() {
      StoredRow row = current;
      if (row == null) {
        throw new IllegalStateException("no current row");
      }
      return row;
    }

    @Override
    public void close() {}
  }

  /** Waits for the row's lock; then the row must be as the snapshot has it. */
  private void lock(Table table, byte[] key) {
    await(table, key);
    NavigableMap<Long, byte @Nullable []> versions = table.rows.get(key);
    if (versions != null && versions.lastKey() > snapshot) {
      throw new OmenException(
          ErrorCode.SERIALIZATION_FAILURE, "could not serialize access due to concurrent update");
    }
  }

  /** Waits for the row's lock. */
  private void await(Table table, byte[] key) {
    ByteKey lock = new ByteKey(key);
    while (true) {
      Long owner = table.locks.putIfAbsent(lock, id);
      if (owner == null || owner == id) {
        break;
      }
      try {
        database.wait();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new OmenException(
            ErrorCode.QUERY_CANCELED, "canceling statement due to user request", interrupted);
      }
    }
  }

  private void write(TableSchema schema, byte[] key, byte @Nullable [] row) {
    writes
        .computeIfAbsent(schema.tableId(), t -> new TreeMap<>(Arrays::compareUnsigned))
        .put(key, row);
  }

  @Override
  public void insert(TableSchema schema, RowData row) {
    synchronized (database) {
      Table table = table(schema);
      byte[] key =
          schema.hasPrimaryKey()
              ? table.codec.key(row)
              : KeyCodec.rowKey((id << 32) + snapshot, ordinal++);
      lock(table, key);
      if (visible(table, schema.tableId(), key) != null) {
        throw new OmenException(
            ErrorCode.UNIQUE_VIOLATION,
            "duplicate key value violates unique constraint \"%s\""
                .formatted(schema.primaryKeyName()));
      }
      write(schema, key, table.codec.rows().encode(row));
    }
  }

  @Override
  public boolean insertIfAbsent(TableSchema schema, RowData row, boolean snapshotOnly) {
    if (!schema.hasPrimaryKey()) {
      insert(schema, row);
      return true;
    }
    synchronized (database) {
      Table table = table(schema);
      byte[] key = table.codec.key(row);
      await(table, key);
      NavigableMap<byte[], byte @Nullable []> own = writes.get(schema.tableId());
      NavigableMap<Long, byte @Nullable []> versions = table.rows.get(key);
      boolean newer = versions != null && versions.lastKey() > snapshot;
      byte[] now =
          own != null && own.containsKey(key)
              ? own.get(key)
              : versions == null ? null : versions.lastEntry().getValue();
      if (snapshotOnly && newer && now != null) {
        throw new OmenException(
            ErrorCode.SERIALIZATION_FAILURE, "could not serialize access due to concurrent update");
      }
      if (now != null) {
        return false;
      }
      write(schema, key, table.codec.rows().encode(row));
      return true;
    }
  }

  @Override
  public void limitLockWaits(long timeoutMs) {
    // What waits here is cancelled, or goes on soon.
  }

  @Override
  public void update(TableSchema schema, StoredRow old, RowData row) {
    synchronized (database) {
      Table table = table(schema);
      lock(table, old.key());
      byte[] key = schema.hasPrimaryKey() ? table.codec.key(row) : old.key();
      if (!Arrays.equals(key, old.key())) {
        write(schema, old.key(), null);
        insert(schema, row);
        return;
      }
      write(schema, key, table.codec.rows().encode(row));
    }
  }

  @Override
  public void delete(TableSchema schema, StoredRow old) {
    synchronized (database) {
      lock(table(schema), old.key());
      write(schema, old.key(), null);
    }
  }

  @Override
  public TableSchema createTable(TableSchema definition) {
    synchronized (database) {
      TableSchema schema =
          new TableSchema(
              Math.max(catalog.nextTableId(), database.catalogAt(Long.MAX_VALUE).nextTableId()),
              definition.namespace(),
              definition.name(),
              1,
              definition.columns(),
              definition.primaryKey(),
              definition.options());
      catalog = catalog.create(catalog.version() + 1, schema);
      ownTables.put(schema.tableId(), new Table(schema));
      definitions = true;
      return schema;
    }
  }

  @Override
  public void dropTable(TableSchema table) {
    catalog = catalog.drop(catalog.version() + 1, table.tableId());
    definitions = true;
  }

  @Override
  public void truncateTable(TableSchema table) {
    synchronized (database) {
      TableSchema replacement =
          new TableSchema(
              Math.max(catalog.nextTableId(), database.catalogAt(Long.MAX_VALUE).nextTableId()),
              table.namespace(),
              table.name(),
              table.schemaVersion(),
              table.columns(),
              table.primaryKey(),
              table.options());
      catalog = catalog.truncate(catalog.version() + 1, table.tableId(), replacement);
      ownTables.put(replacement.tableId(), new Table(replacement));
      definitions = true;
    }
  }

  @Override
  public SnapshotLease lease(Collection<TableSchema> tables) {
    throw new UnsupportedOperationException("no lake here");
  }

  @Override
  public CompletableFuture<Long> commit() {
    synchronized (database) {
      long csn = hasWrites() ? database.nextCsn() : snapshot;
      if (definitions) {
        database.install(catalog);
        database.tables.putAll(ownTables);
      }
      writes.forEach(
          (tableId, rows) -> {
            Table table = database.tables.get(tableId);
            if (table != null) {
              rows.forEach(
                  (key, row) ->
                      table.rows.computeIfAbsent(key, k -> new TreeMap<>()).put(csn, row));
            }
          });
      end();
      return CompletableFuture.completedFuture(csn);
    }
  }

  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    database.tables.values().forEach(table -> table.locks.values().removeIf(o -> o == id));
    database.ended();
  }

  @Override
  public void rollback() {
    synchronized (database) {
      end();
    }
  }

  @Override
  public void close() {
    rollback();
  }
}
