package io.omendb.jobs.serve;

import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.TableSchema;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * One transaction under snapshot isolation: reads see {@link #snapshot()} plus its own writes;
 * writes take row locks, and a row that somebody committed after the snapshot fails with
 * SERIALIZATION_FAILURE. Confined to one thread at a time. Methods block unless they return a
 * future; an interrupt ends a wait with QUERY_CANCELED. After an error only {@link #rollback()} is
 * allowed. {@link #close()} rolls back what is still open.
 */
public interface Transaction extends AutoCloseable {

  long id();

  /** The CSN that this transaction reads. */
  long snapshot();

  /** The catalog at the snapshot, own DDL included. */
  Catalog catalog();

  /** Whether anything was written. */
  boolean hasWrites();

  /**
   * The row of that primary key, or null. {@code keyValues} are storage values in key order.
   * Completed on return wherever the shard has applied the snapshot already; never blocks.
   */
  CompletableFuture<@Nullable StoredRow> get(TableSchema table, List<Object> keyValues);

  /** What {@link #tryGet} found; null is no row. */
  record Found(@Nullable StoredRow row) {}

  /**
   * As {@link #get}, for threads that must not wait: null where the answer takes a wait for a shard
   * or a lock, a read of the device, or decoding a large row.
   */
  default @Nullable Found tryGet(TableSchema table, List<Object> keyValues) {
    CompletableFuture<@Nullable StoredRow> read = get(table, keyValues);
    return read.isDone() && !read.isCompletedExceptionally() ? new Found(read.join()) : null;
  }

  /**
   * Bounds each later wait for a lock: LOCK_NOT_AVAILABLE after {@code timeoutMs}; 0 is no bound.
   */
  void limitLockWaits(long timeoutMs);

  /** Rows of a key range in key order; waits for the shards to reach the snapshot. */
  RowCursor scan(TableSchema table, KeyRange range);

  /** Inserts a row (every column given, in storage form); UNIQUE_VIOLATION if its key exists. */
  void insert(TableSchema table, RowData row);

  /**
   * As {@link #insert}, but returns false where the key has a row already, whether this transaction
   * wrote it, its snapshot shows it or somebody committed it since. A row that another open
   * transaction is inserting, changing or deleting is waited for. With {@code snapshotOnly} a row
   * that was committed since the snapshot does not count: SERIALIZATION_FAILURE.
   */
  boolean insertIfAbsent(TableSchema table, RowData row, boolean snapshotOnly);

  /** Replaces a row that this transaction read; the key may change. */
  void update(TableSchema table, StoredRow old, RowData row);

  void delete(TableSchema table, StoredRow old);

  /**
   * Locks a row that was read, if that takes no waiting and nobody wrote it since the snapshot;
   * then {@link #update} (that keeps the key) and {@link #delete} of it do not block. False is no
   * answer but: let a thread try that may wait. Never blocks.
   */
  default boolean tryLockForUpdate(TableSchema table, StoredRow old) {
    return false;
  }

  /** Likewise for {@link #insert} of that row. */
  default boolean tryLockForInsert(TableSchema table, RowData row) {
    return false;
  }

  /**
   * Creates a table; ids and version in {@code definition} are ignored. DUPLICATE_TABLE if the name
   * is taken.
   */
  TableSchema createTable(TableSchema definition);

  void dropTable(TableSchema table);

  void truncateTable(TableSchema table);

  /**
   * A lease for reading these tables at the snapshot outside this transaction's thread, own writes
   * included.
   */
  SnapshotLease lease(Collection<TableSchema> tables);

  /** Commits; completes with the CSN once durable (with the snapshot where nothing was written). */
  CompletableFuture<Long> commit();

  /**
   * Goes on under a new snapshot, writes forgotten and locks kept; also after an error. A statement
   * that lost the race for a row so holds that row when it is repeated, however many want it. False
   * where the transaction cannot: it made definitions, or has ended.
   */
  default boolean restart() {
    return false;
  }

  /** Whether {@link #commit} may keep its caller waiting before it returns its future. */
  default boolean commitMayWait() {
    return true;
  }

  /** Rolls back; idempotent. */
  void rollback();

  @Override
  void close();
}
