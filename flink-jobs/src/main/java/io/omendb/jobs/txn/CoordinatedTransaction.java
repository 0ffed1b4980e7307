package io.omendb.jobs.txn;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogState.TableLake;
import io.omendb.jobs.memory.MemoryAccount;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.SnapshotLease.LakeView;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * A transaction in this JVM. Writes gather here, under row locks of the coordinator, and go to it
 * as one commit; reads unite them with the shards at the snapshot.
 *
 * <p>A row lock's grant tells the newest CSN of its key. Above the snapshot, somebody committed the
 * row first: the write fails. Otherwise what the snapshot shows is the newest version, and stays so
 * until this transaction ends. So the check for a duplicate key is a read at the snapshot.
 *
 * <p>Tables that this transaction itself created are invisible to others: no locks, no reads of
 * shards.
 *
 * <p>It is long because a transaction has many entries and each is short: what they do is in {@link
 * ShardReader}, {@link WriteBuffer}, {@link DdlBuffer} and {@link LockTable}. What stays here is
 * which lock a step takes and what snapshot, own writes and the lock's CSN together say; reads,
 * writes and definitions ask that of the same few fields, and a cut between them would show all
 * fields to both sides.
 */
final class CoordinatedTransaction implements Transaction {
  /** Making larger commits ready takes a network thread too long. */
  private static final long PROMPT_COMMIT_BYTES_MAX = 64 << 10;

  private enum Status {
    OPEN,
    FAILED,
    ENDED
  }

  private final CoordinatedDatabase database;
  private final TransactionCoordinator coordinator;
  private final long id;
  private final LockOwner owner;
  private ActiveSnapshots.Handle handle;
  private volatile long snapshot;
  private DdlBuffer ddl;
  private final ShardReader shards;

  /** Tables under a table lock of this transaction; futures of reads may add to it. */
  private final Map<Integer, WriteBuffer> buffers = new ConcurrentHashMap<>();

  private volatile Status status = Status.OPEN;
  private final MemoryAccount memory;
  private long lockTimeoutMs;

  /** A key that {@link #tryLockForInsert} locked and found free; its insert need not look again. */
  private byte @Nullable [] lockedAndFree;

  /** The thread that asked whether it may write without waiting, for which nothing waits. */
  private @Nullable Thread promptThread;

  private int nextOrdinal;
  private boolean hasProvisionalKeys;

  CoordinatedTransaction(CoordinatedDatabase database, ActiveSnapshots.Handle handle) {
    this.database = database;
    this.handle = handle;
    coordinator = database.coordinator();
    snapshot = handle.snapshot().csn();
    id = coordinator.newTransactionId();
    owner = new LockOwner("transaction " + id);
    ddl = new DdlBuffer(handle.snapshot().catalog(), id);
    shards = new ShardReader(database.reads());
    memory = coordinator.openWriteMemory();
    lockTimeoutMs = coordinator.options().lockTimeoutMs();
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
    return ddl.catalog();
  }

  @Override
  public boolean hasWrites() {
    return !ddl.changes().isEmpty() || buffers.values().stream().anyMatch(b -> !b.isEmpty());
  }

  @Override
  public CompletableFuture<@Nullable StoredRow> get(TableSchema table, List<Object> keyValues) {
    try {
      requireOpen();
      WriteBuffer known = buffers.get(table.tableId());
      if (known != null) {
        return read(known, known.codec().key(keyValues));
      }
      CompletableFuture<Long> locked = lockTableAsync(table);
      if (locked.isDone()) {
        Waits.await(locked);
        WriteBuffer buffer = opened(table);
        return read(buffer, buffer.codec().key(keyValues));
      }
      return locked.thenCompose(
          csn -> {
            WriteBuffer buffer = opened(table);
            return read(buffer, buffer.codec().key(keyValues));
          });
    } catch (OmenException e) {
      status = Status.FAILED;
      throw e;
    }
  }

  @Override
  public @Nullable Found tryGet(TableSchema table, List<Object> keyValues) {
    WriteBuffer buffer = status == Status.OPEN ? tryOpened(table) : null;
    if (buffer == null) {
      return null;
    }
    TableCodec codec = buffer.codec();
    byte[] key = codec.key(keyValues);
    int shard = shardOf(buffer, key);
    WriteBuffer.Write own = buffer.get(key);
    byte[] row;
    if (own != null || ddl.isOwn(codec.schema().tableId())) {
      row = own == null ? null : own.row();
    } else {
      row = shards.tryRead(codec, shard, key, snapshot);
    }
    if (row == StoreReader.NOT_PROMPTLY) {
      return null;
    }
    return new Found(row == null ? null : new StoredRow(shard, key, codec.rows().decode(row)));
  }

  private @Nullable WriteBuffer tryOpened(TableSchema table) {
    WriteBuffer buffer = buffers.get(table.tableId());
    return buffer == null ? tryOpen(table) : buffer;
  }

  @Override
  public void limitLockWaits(long timeoutMs) {
    long bound = coordinator.options().lockTimeoutMs();
    lockTimeoutMs = timeoutMs == 0 ? bound : bound == 0 ? timeoutMs : Math.min(timeoutMs, bound);
  }

  private CompletableFuture<@Nullable StoredRow> read(WriteBuffer buffer, byte[] key) {
    TableCodec codec = buffer.codec();
    int shard = codec.keys().shard(key, shards.count());
    WriteBuffer.Write own = buffer.get(key);
    if (own != null || ddl.isOwn(codec.schema().tableId())) {
      byte[] row = own == null ? null : own.row();
      return CompletableFuture.completedFuture(
          row == null ? null : new StoredRow(shard, key, codec.rows().decode(row)));
    }
    return shards.get(codec, shard, key, snapshot);
  }

  @Override
  public RowCursor scan(TableSchema table, KeyRange range) {
    return guarded(
        () -> {
          WriteBuffer buffer = open(table);
          return ddl.isOwn(table.tableId())
              ? shards.scanNothing(buffer, range)
              : shards.scan(buffer, range, snapshot);
        });
  }

  @Override
  public void insert(TableSchema table, RowData row) {
    guarded(
        () -> {
          WriteBuffer buffer = open(table);
          byte[] encoded = buffer.codec().rows().encode(row);
          if (table.hasPrimaryKey()) {
            insertKey(buffer, buffer.codec().key(row), encoded);
          } else {
            byte[] key = ProvisionalKeys.key(nextOrdinal++);
            hasProvisionalKeys = true;
            charge(buffer.put(key, shardOf(buffer, key), encoded, false));
          }
          return buffer;
        });
  }

  private void insertKey(WriteBuffer buffer, byte[] key, byte[] row) {
    int shard = shardOf(buffer, key);
    WriteBuffer.Write own = buffer.get(key);
    boolean existed = own != null && own.existedBefore();
    if (own != null && own.row() != null) {
      throw duplicateKey(buffer);
    }
    if (own == null
        && !ddl.isOwn(buffer.codec().schema().tableId())
        && !Arrays.equals(key, lockedAndFree)) {
      checkNoRow(buffer, shard, key);
    }
    charge(buffer.put(key, shard, row, existed));
  }

  @Override
  public boolean insertIfAbsent(TableSchema table, RowData row, boolean snapshotOnly) {
    if (!table.hasPrimaryKey()) {
      insert(table, row);
      return true;
    }
    return guarded(
        () -> {
          WriteBuffer buffer = open(table);
          byte[] key = buffer.codec().key(row);
          WriteBuffer.Write own = buffer.get(key);
          if (own != null && own.row() != null) {
            return false;
          }
          boolean existed = own != null && own.existedBefore();
          if (own == null && !ddl.isOwn(table.tableId())) {
            Presence found = awaitPresence(buffer, key, snapshotOnly);
            if (found.now()) {
              return false;
            }
            existed = found.inSnapshot();
          }
          byte[] encoded = buffer.codec().rows().encode(row);
          charge(buffer.put(key, shardOf(buffer, key), encoded, existed));
          return true;
        });
  }

  /** Whether a key has a row, in the snapshot and now. */
  private record Presence(boolean inSnapshot, boolean now) {}

  /**
   * Waits for whoever is writing the key. It stays locked where it is free, so that it stays free;
   * a row that is there needs no lock, and keeping one would let skipped rows deadlock.
   */
  private Presence awaitPresence(WriteBuffer buffer, byte[] key, boolean snapshotOnly) {
    LockTable locks = coordinator.locks();
    LockKey lock = LockKey.row(buffer.codec().schema().tableId(), key);
    boolean held = locks.isHeld(owner, lock, LockTable.Mode.EXCLUSIVE);
    long newestCsn = lockRow(buffer, key);
    int shard = shardOf(buffer, key);
    boolean inSnapshot = shards.exists(buffer.codec(), shard, key, snapshot);
    boolean now =
        newestCsn > snapshot ? shards.exists(buffer.codec(), shard, key, newestCsn) : inSnapshot;
    if (snapshotOnly && newestCsn > snapshot && (now || inSnapshot)) {
      throw concurrentUpdate();
    }
    if (now && !held) {
      locks.unlock(owner, lock);
    }
    return new Presence(inSnapshot, now);
  }

  private void checkNoRow(WriteBuffer buffer, int shard, byte[] key) {
    long newestCsn = lockRow(buffer, key);
    boolean visible = shards.exists(buffer.codec(), shard, key, snapshot);
    if (newestCsn > snapshot) {
      if (shards.exists(buffer.codec(), shard, key, newestCsn)) {
        throw duplicateKey(buffer);
      }
      // Deleted since: an insert depends on nothing but the key being free, unless we saw the row.
      if (visible) {
        throw concurrentUpdate();
      }
    } else if (visible) {
      throw duplicateKey(buffer);
    }
  }

  private static OmenException duplicateKey(WriteBuffer buffer) {
    return new OmenException(
        ErrorCode.UNIQUE_VIOLATION,
        "duplicate key value violates unique constraint \"%s\""
            .formatted(buffer.codec().schema().primaryKeyName()));
  }

  @Override
  public void update(TableSchema table, StoredRow old, RowData row) {
    guarded(
        () -> {
          WriteBuffer buffer = open(table);
          byte[] encoded = buffer.codec().rows().encode(row);
          byte[] key = table.hasPrimaryKey() ? buffer.codec().key(row) : old.key();
          boolean existed = lockForWrite(buffer, old.key());
          if (Arrays.equals(key, old.key())) {
            charge(buffer.put(key, old.shard(), encoded, existed));
          } else {
            charge(buffer.delete(old.key(), old.shard(), existed));
            insertKey(buffer, key, encoded);
          }
          return buffer;
        });
  }

  @Override
  public void delete(TableSchema table, StoredRow old) {
    guarded(
        () -> {
          WriteBuffer buffer = open(table);
          boolean existed = lockForWrite(buffer, old.key());
          charge(buffer.delete(old.key(), old.shard(), existed));
          return buffer;
        });
  }

  @Override
  public boolean tryLockForUpdate(TableSchema table, StoredRow old) {
    requireOpen();
    promptThread = Thread.currentThread();
    WriteBuffer buffer = buffers.get(table.tableId());
    return buffer != null && tryLockRow(buffer, old.key());
  }

  @Override
  public boolean tryLockForInsert(TableSchema table, RowData row) {
    requireOpen();
    promptThread = Thread.currentThread();
    WriteBuffer buffer = tryOpened(table);
    if (buffer == null || !table.hasPrimaryKey()) {
      return buffer != null;
    }
    byte[] key = buffer.codec().key(row);
    if (buffer.get(key) != null || ddl.isOwn(table.tableId())) {
      return true;
    }
    if (!shards.ready(shardOf(buffer, key), snapshot) || !tryLockRow(buffer, key)) {
      return false;
    }
    byte[] found = shards.tryRead(buffer.codec(), shardOf(buffer, key), key, snapshot);
    lockedAndFree = found == null ? key : null;
    return found != StoreReader.NOT_PROMPTLY;
  }

  /** Null where the table's lock takes waiting, or the table is not what it was. */
  private @Nullable WriteBuffer tryOpen(TableSchema table) {
    long granted =
        coordinator
            .locks()
            .tryAcquire(owner, LockKey.table(table.tableId()), LockTable.Mode.SHARED);
    try {
      return granted < 0 ? null : opened(table);
    } catch (OmenException changed) {
      return null;
    }
  }

  private boolean tryLockRow(WriteBuffer buffer, byte[] key) {
    int tableId = buffer.codec().schema().tableId();
    if (buffer.get(key) != null || ddl.isOwn(tableId) || ProvisionalKeys.isProvisional(key)) {
      return true;
    }
    LockTable locks = coordinator.locks();
    long newestCsn = locks.tryAcquire(owner, LockKey.row(tableId, key), LockTable.Mode.EXCLUSIVE);
    return newestCsn >= 0 && newestCsn <= snapshot && snapshot >= locks.forgottenBelow();
  }

  /** Locks a row that was read; returns whether it was there before this transaction. */
  private boolean lockForWrite(WriteBuffer buffer, byte[] key) {
    WriteBuffer.Write own = buffer.get(key);
    if (own != null) {
      return own.existedBefore();
    }
    if (ddl.isOwn(buffer.codec().schema().tableId()) || ProvisionalKeys.isProvisional(key)) {
      return false;
    }
    if (lockRow(buffer, key) > snapshot) {
      throw concurrentUpdate();
    }
    return true;
  }

  private long lockRow(WriteBuffer buffer, byte[] key) {
    LockTable locks = coordinator.locks();
    long newestCsn =
        locks.acquire(
            owner,
            LockKey.row(buffer.codec().schema().tableId(), key),
            LockTable.Mode.EXCLUSIVE,
            lockTimeoutMs);
    if (snapshot < locks.forgottenBelow()) {
      throw new OmenException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: the transaction's snapshot %d is too old to write"
              .formatted(snapshot));
    }
    return newestCsn;
  }

  private static OmenException concurrentUpdate() {
    return new OmenException(
        ErrorCode.SERIALIZATION_FAILURE, "could not serialize access due to concurrent update");
  }

  private int shardOf(WriteBuffer buffer, byte[] key) {
    return buffer.codec().keys().shard(key, shards.count());
  }

  /**
   * Never waits for another transaction's memory, which may wait for this one's locks; but for that
   * of commits on their way to the shards, which need no lock.
   */
  private void charge(long added) {
    coordinator.requireDiskSpace();
    if (added <= 0) {
      memory.release(-added);
      return;
    }
    boolean mayWait = promptThread != Thread.currentThread();
    if (!memory.tryReserve(added)
        && !(mayWait && coordinator.unsent().await(() -> memory.tryReserve(added)))) {
      throw coordinator.options().transactionMemory().exhausted(added);
    }
  }

  @Override
  public TableSchema createTable(TableSchema definition) {
    return guarded(
        () -> {
          lock(LockKey.name(definition.namespace(), definition.name()));
          if (nameTaken(definition)) {
            throw new OmenException(
                ErrorCode.DUPLICATE_TABLE,
                "relation \"%s\" already exists".formatted(definition.name()));
          }
          TableSchema created = withNewId(definition, 1);
          ddl.create(created);
          opened(created);
          return created;
        });
  }

  private boolean nameTaken(TableSchema definition) {
    String namespace = definition.namespace();
    String name = definition.name();
    if (ddl.catalog().table(namespace, name).isPresent()) {
      return true;
    }
    // Free in our own catalog: taken all the same if somebody committed it since.
    Optional<TableSchema> committed = coordinator.catalog().table(namespace, name);
    return committed.isPresent()
        && handle.snapshot().catalog().table(committed.get().tableId()).isEmpty();
  }

  private TableSchema withNewId(TableSchema definition, int schemaVersion) {
    List<Column> columns = new ArrayList<>();
    for (Column column : definition.columns()) {
      columns.add(
          new Column(
              columns.size() + 1,
              column.name(),
              column.type(),
              // A primary key's columns have values whether or not the definition says so.
              column.nullable() && !definition.primaryKey().contains(columns.size()),
              column.defaultExpression()));
    }
    return new TableSchema(
        coordinator.newTableId(),
        definition.namespace(),
        definition.name(),
        schemaVersion,
        columns,
        definition.primaryKey(),
        definition.options());
  }

  @Override
  public void dropTable(TableSchema table) {
    guarded(
        () -> {
          lockForDdl(table);
          ddl.drop(table.tableId());
          buffers.remove(table.tableId());
          return table;
        });
  }

  @Override
  public void truncateTable(TableSchema table) {
    guarded(
        () -> {
          lockForDdl(table);
          buffers.remove(table.tableId());
          if (ddl.isOwn(table.tableId())) {
            return opened(table);
          }
          TableSchema replacement = withNewId(table, table.schemaVersion());
          ddl.truncate(table.tableId(), replacement);
          return opened(replacement);
        });
  }

  private void lockForDdl(TableSchema table) {
    if (!ddl.isOwn(table.tableId())) {
      lock(LockKey.name(table.namespace(), table.name()));
      lock(LockKey.table(table.tableId()));
    }
    requireCurrent(table);
  }

  private void lock(LockKey key) {
    coordinator.locks().acquire(owner, key, LockTable.Mode.EXCLUSIVE, lockTimeoutMs);
  }

  /** The table's writes, its lock taken; blocks. */
  private WriteBuffer open(TableSchema table) {
    WriteBuffer buffer = buffers.get(table.tableId());
    if (buffer != null) {
      return buffer;
    }
    coordinator
        .locks()
        .acquire(owner, LockKey.table(table.tableId()), LockTable.Mode.SHARED, lockTimeoutMs);
    return opened(table);
  }

  private CompletableFuture<Long> lockTableAsync(TableSchema table) {
    return coordinator
        .locks()
        .acquireAsync(owner, LockKey.table(table.tableId()), LockTable.Mode.SHARED, lockTimeoutMs);
  }

  private WriteBuffer opened(TableSchema table) {
    requireCurrent(table);
    TableLake lake = coordinator.lake().get(table.tableId());
    if (lake != null && snapshot < lake.horizon()) {
      throw new OmenException(
          ErrorCode.SNAPSHOT_TOO_OLD,
          "snapshot too old: %d is below the horizon %d of table \"%s\""
              .formatted(snapshot, lake.horizon(), table.name()));
    }
    return buffers.computeIfAbsent(
        table.tableId(), tableId -> new WriteBuffer(database.codec(table)));
  }

  /** Under its lock: the table is what this transaction's snapshot and own DDL say. */
  private void requireCurrent(TableSchema table) {
    int tableId = table.tableId();
    if (ddl.catalog().table(tableId).filter(t -> sameVersion(t, table)).isEmpty()) {
      throw new OmenException(
          ErrorCode.UNDEFINED_TABLE, "relation \"%s\" does not exist".formatted(table.name()));
    }
    if (!ddl.isOwn(tableId)
        && coordinator.catalog().table(tableId).filter(t -> sameVersion(t, table)).isEmpty()) {
      throw new OmenException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: table \"%s\" was altered, truncated or dropped concurrently"
              .formatted(table.name()));
    }
  }

  private static boolean sameVersion(TableSchema a, TableSchema b) {
    return a.schemaVersion() == b.schemaVersion();
  }

  @Override
  public SnapshotLease lease(Collection<TableSchema> tables) {
    return guarded(
        () -> {
          Map<Integer, LakeView> views = new HashMap<>();
          List<LockKey> locked = new ArrayList<>();
          int ownWriteCount = 0;
          for (TableSchema table : tables) {
            ownWriteCount += open(table).size();
            views.put(table.tableId(), lakeView(table.tableId()));
            locked.add(LockKey.table(table.tableId()));
          }
          // The lease may outlive this transaction, so it takes for itself what its list takes.
          MemoryShare shared = coordinator.options().transactionMemory();
          long listBytes = (long) ownWriteCount * WriteBuffer.CHANGE_BYTES;
          shared.reserve(listBytes);
          // Definitions too: of a table that this transaction made, the shards know nothing.
          List<Change> ownWrites = new ArrayList<>(ddl.changes().size() + ownWriteCount);
          ownWrites.addAll(ddl.changes());
          tables.forEach(table -> open(table).addChanges(ownWrites));
          LockOwner leaseOwner = new LockOwner("lease of transaction " + id);
          coordinator.locks().share(owner, leaseOwner, locked);
          handle.retain();
          ActiveSnapshots.Handle leased = handle;
          AtomicBoolean released = new AtomicBoolean();
          Runnable release =
              () -> {
                if (released.compareAndSet(false, true)) {
                  coordinator.locks().release(leaseOwner, 0);
                  leased.close();
                  shared.release(listBytes);
                }
              };
          boolean done = false;
          try {
            SnapshotLease lease =
                database
                    .leases()
                    .lease(snapshot, Map.copyOf(views), List.copyOf(ownWrites), release);
            done = true;
            return lease;
          } finally {
            if (!done) {
              release.run();
            }
          }
        });
  }

  private LakeView lakeView(int tableId) {
    TableLake lake = handle.snapshot().lake().get(tableId);
    return lake == null || lake.snapshotCsn() < 0
        ? LakeView.NONE
        : new LakeView(lake.snapshotId(), lake.snapshotCsn());
  }

  @Override
  public boolean restart() {
    if (status == Status.ENDED || !ddl.changes().isEmpty()) {
      return false;
    }
    ActiveSnapshots.Handle former = handle;
    handle = coordinator.openSnapshot();
    former.close();
    lockedAndFree = null;
    snapshot = handle.snapshot().csn();
    ddl = new DdlBuffer(handle.snapshot().catalog(), id);
    buffers.clear();
    memory.releaseAll();
    hasProvisionalKeys = false;
    status = Status.OPEN;
    return true;
  }

  @Override
  public boolean commitMayWait() {
    return hasWrites()
        && (memory.bytes() > PROMPT_COMMIT_BYTES_MAX || !coordinator.commitsAtOnce());
  }

  @Override
  public CompletableFuture<Long> commit() {
    requireOpen();
    if (!hasWrites()) {
      end();
      return CompletableFuture.completedFuture(snapshot);
    }
    int writes = buffers.values().stream().mapToInt(WriteBuffer::size).sum();
    List<Change> changes = new ArrayList<>(ddl.changes().size() + writes);
    changes.addAll(ddl.changes());
    buffers.values().forEach(buffer -> buffer.moveChanges(changes));
    status = Status.ENDED;
    buffers.clear();
    return coordinator.commit(
        new Request.Commit(
            id, owner, handle, changes, hasProvisionalKeys, memory, new CompletableFuture<>()));
  }

  @Override
  public void rollback() {
    if (status != Status.ENDED) {
      end();
    }
  }

  private void end() {
    status = Status.ENDED;
    buffers.clear();
    coordinator.locks().release(owner, 0);
    handle.close();
    memory.close();
  }

  @Override
  public void close() {
    rollback();
  }

  private interface Step<T extends @Nullable Object> {
    T run();
  }

  /** Runs a step of an open transaction; an error leaves it fit for rollback only. */
  private <T extends @Nullable Object> T guarded(Step<T> step) {
    requireOpen();
    boolean done = false;
    try {
      T result = step.run();
      done = true;
      return result;
    } finally {
      if (!done) {
        status = Status.FAILED;
      }
    }
  }

  private void requireOpen() {
    switch (status) {
      case OPEN -> {}
      case FAILED ->
          throw new OmenException(
              ErrorCode.IN_FAILED_SQL_TRANSACTION,
              "current transaction is aborted, commands ignored until end of transaction block");
      case ENDED ->
          throw new OmenException(
              ErrorCode.NO_ACTIVE_SQL_TRANSACTION, "transaction %d has ended".formatted(id));
    }
  }
}
