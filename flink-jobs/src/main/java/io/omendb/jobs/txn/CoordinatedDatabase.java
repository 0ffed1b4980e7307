package io.omendb.jobs.txn;

import io.omendb.jobs.log.LogState.TableLake;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.LeaseSource;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.serve.shard.ShardReads;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A database in this JVM: the coordinator's transactions over the runtime job's shards. Owns
 * neither; closing it does nothing to them.
 */
public final class CoordinatedDatabase implements Database {
  private final TransactionCoordinator coordinator;
  private final ShardReads reads;
  private final LeaseSource leases;
  private final ConcurrentHashMap<Integer, TableCodec> codecs = new ConcurrentHashMap<>();

  public CoordinatedDatabase(
      TransactionCoordinator coordinator, ShardReads reads, LeaseSource leases) {
    if (coordinator.shardCount() != reads.shardCount()) {
      throw new IllegalArgumentException(
          "the coordinator has %d shards, the store %d"
              .formatted(coordinator.shardCount(), reads.shardCount()));
    }
    this.coordinator = coordinator;
    this.reads = reads;
    this.leases = leases;
  }

  @Override
  public Catalog catalog() {
    return coordinator.catalog();
  }

  @Override
  public long durableCsn() {
    return coordinator.durableCsn();
  }

  @Override
  public Transaction begin() {
    return new CoordinatedTransaction(this, coordinator.openSnapshot());
  }

  @Override
  public @Nullable Transaction tryBegin() {
    ActiveSnapshots.Handle handle = coordinator.tryOpenSnapshot();
    return handle == null ? null : new CoordinatedTransaction(this, handle);
  }

  @Override
  public long requestCut() {
    return coordinator.requestCut();
  }

  @Override
  public long lakeCsn(int tableId) {
    TableLake lake = coordinator.lake().get(tableId);
    return lake == null ? -1 : lake.coveredCsn();
  }

  TransactionCoordinator coordinator() {
    return coordinator;
  }

  ShardReads reads() {
    return reads;
  }

  LeaseSource leases() {
    return leases;
  }

  /** The encodings of a table, made once; a table's older or uncommitted schema gets its own. */
  TableCodec codec(TableSchema schema) {
    TableCodec codec = codecs.get(schema.tableId());
    if (codec != null && codec.schema().equals(schema)) {
      return codec;
    }
    TableCodec made = new TableCodec(schema);
    if (coordinator.catalog().table(schema.tableId()).filter(schema::equals).isPresent()) {
      codecs.keySet().removeIf(id -> coordinator.catalog().table(id).isEmpty());
      codecs.put(schema.tableId(), made);
    }
    return made;
  }

  @Override
  public void close() {
    codecs.clear();
  }
}
