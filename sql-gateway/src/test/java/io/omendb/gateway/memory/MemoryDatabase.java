package io.omendb.gateway.memory;

import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.LakeTableState;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.CatalogState;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A real multi-version database in memory: snapshots, row locks with waiting, first-writer-wins.
 * One monitor guards everything. Not durable.
 */
public final class MemoryDatabase implements Database {

  /** One version of a row; {@code row} null is a deletion. */
  record Version(long csn, byte @Nullable [] row) {}

  /** A table's rows by key, each with its versions by CSN. */
  static final class Table {
    final TableCodec codec;
    final NavigableMap<byte[], NavigableMap<Long, byte @Nullable []>> rows =
        new TreeMap<>(Arrays::compareUnsigned);
    final Map<ByteKey, Long> locks = new HashMap<>();

    Table(TableSchema schema) {
      codec = new TableCodec(schema);
    }
  }

  /** A key with value equality. */
  record ByteKey(byte[] bytes) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof ByteKey key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  private final NavigableMap<Long, CatalogState> catalogs = new TreeMap<>();
  final Map<Integer, Table> tables = new HashMap<>();
  private long csn = 1;
  private long transactions;
  private int open;

  public MemoryDatabase() {
    catalogs.put(0L, CatalogState.EMPTY);
  }

  @Override
  public synchronized Catalog catalog() {
    return catalogAt(csn);
  }

  synchronized CatalogState catalogAt(long snapshot) {
    return catalogs.floorEntry(snapshot).getValue();
  }

  synchronized long nextCsn() {
    return ++csn;
  }

  synchronized void install(CatalogState catalog) {
    catalogs.put(csn, catalog);
  }

  @Override
  public synchronized long durableCsn() {
    return csn;
  }

  @Override
  public synchronized Transaction begin() {
    open++;
    return new MemoryTransaction(this, ++transactions, csn);
  }

  synchronized void ended() {
    open--;
    notifyAll();
  }

  /** Transactions that were begun and neither committed nor rolled back. */
  public synchronized int openTransactions() {
    return open;
  }

  @Override
  public long requestCut() {
    return durableCsn();
  }

  @Override
  public long lakeCsn(int tableId) {
    return -1;
  }

  @Override
  public List<LakeTableState> lakeTables() {
    return List.of();
  }

  @Override
  public void close() {}
}
