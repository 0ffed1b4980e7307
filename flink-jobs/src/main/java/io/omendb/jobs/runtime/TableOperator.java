package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakeMessage;
import io.omendb.jobs.lake.LakeWorker;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.TableFold;
import io.omendb.jobs.serve.remote.ShardServer;
import io.omendb.jobs.serve.shard.PublishedCut;
import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.serve.shard.SubtaskShards;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.TableSchema;
import io.omendb.state.backend.TableStateBackend;
import io.omendb.state.backend.table.TableState;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Applies commits to the table state of its shards and serves it.
 *
 * <p>Invariants: a watermark w means that every commit up to w is applied; applying the same (key,
 * CSN) twice changes nothing; {@code MAX_WATERMARK} (the end of a drained job) is no CSN. All
 * writes to table state are made by the task thread, those that the lake's work asks for too: they
 * come through the mailbox in bounded pieces.
 *
 * <p>Watermarks end here. The committer behind needs none, and there is one per commit.
 */
final class TableOperator extends AbstractStreamOperator<LakeMessage>
    implements OneInputStreamOperator<ShardMessage, LakeMessage> {
  private static final long serialVersionUID = 1L;

  private static final byte[] NO_VALUE = new byte[0];

  private final RuntimeJobOptions options;
  private final MailboxExecutor mailbox;

  // Set when the operator opens, used by the task thread only.
  private @Nullable ListState<byte[]> catalogState;
  private OperatorCatalog catalog = new OperatorCatalog();
  private final TableFold fold = new Fold();
  private @Nullable TableState tables;
  private @Nullable SubtaskShards serving;
  private @Nullable ShardDirectory directory;
  private @Nullable LakeWorker lakeWorker;
  private @Nullable ShardServer server;

  /** What the lake still needs of each checkpoint that is retained: table id to cut CSN. */
  private final NavigableMap<Long, CutPositions> checkpoints = new TreeMap<>();

  /** By this run of the operator. */
  private int checkpointsCompleted;

  TableOperator(StreamOperatorParameters<LakeMessage> parameters, RuntimeJobOptions options) {
    super(parameters);
    this.options = options;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    ListState<byte[]> state =
        context
            .getOperatorStateStore()
            .getUnionListState(
                new ListStateDescriptor<>("catalog", BytePrimitiveArraySerializer.INSTANCE));
    catalogState = state;
    catalog = new OperatorCatalog();
    for (byte[] part : state.get()) {
      catalog.merge(new DataInputDeserializer(part));
    }
    if (context.getRestoredCheckpointId().isPresent()) {
      CutPositions restored = CutPositions.of(catalog);
      restored.complete();
      checkpoints.put(context.getRestoredCheckpointId().getAsLong(), restored);
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    TableState state = TableStateBackend.of(getKeyedStateBackend()).tableState();
    tables = state;
    SubtaskShards shards = new SubtaskShards(state.keyGroups(), state.reader());
    serving = shards;
    LakeWorker worker =
        new LakeWorker(
            options.lakeOptions(),
            LogOwners.lakeReports(),
            getRuntimeContext().getTaskInfo(),
            state,
            mailbox,
            this::emit,
            this::located);
    lakeWorker = worker;
    for (OperatorCatalog.Table table : catalog.tables()) {
      show(shards, table);
      for (PublishedCut cut : table.cuts) {
        if (cut.cutCsn() > table.locatedCsn) {
          worker.locate(table.schema, cut);
        }
      }
      if (table.isDropped()) {
        worker.dropped(table.schema.tableId());
      }
      if (isFirst()) {
        emit(
            table.isDropped()
                ? new LakeMessage.Drop(table.schema)
                : new LakeMessage.Ensure(table.schema));
      }
    }
    ShardDirectory shardDirectory = ShardDirectory.of(options.databaseId(), options.shardCount());
    directory = shardDirectory;
    shardDirectory.attach(shards);
    if (options.servesRemotely()) {
      server =
          ShardServer.start(
              shardDirectory, shards, InetAddress.getLoopbackAddress(), options.announcements());
    }
  }

  private static void show(SubtaskShards shards, OperatorCatalog.Table table) {
    int tableId = table.schema.tableId();
    shards.show(table.schema, table.horizon);
    shards.publish(tableId, table.cuts);
    if (table.locatedCsn >= 0) {
      shards.located(tableId, table.locatedCsn);
    }
  }

  /** Whether this is the subtask that speaks for all where one must. */
  private boolean isFirst() {
    return keyGroups().contains(0);
  }

  private KeyGroupRange keyGroups() {
    return state().keyGroups();
  }

  private TableState state() {
    TableState state = tables;
    if (state == null) {
      throw new IllegalStateException("the operator is not open");
    }
    return state;
  }

  private SubtaskShards serving() {
    SubtaskShards shards = serving;
    if (shards == null) {
      throw new IllegalStateException("the operator is not open");
    }
    return shards;
  }

  private LakeWorker lakeWorker() {
    LakeWorker worker = lakeWorker;
    if (worker == null) {
      throw new IllegalStateException("the operator is not open");
    }
    return worker;
  }

  private void emit(LakeMessage message) {
    output.collect(new StreamRecord<>(message));
  }

  @Override
  public void processElement(StreamRecord<ShardMessage> element) {
    ShardMessage message = element.getValue();
    if (message instanceof ShardMessage.Rows rows) {
      applyRows(rows);
    } else if (message instanceof ShardMessage.LakeRows rows) {
      applyLakeRows(rows);
    } else if (message.shard() == keyGroups().getStartKeyGroup()) {
      // Control messages come once per shard; the first shard's stands for all of this subtask.
      applyControl(message);
    }
  }

  private void applyRows(ShardMessage.Rows rows) {
    TableState state = state();
    long csn = rows.csn();
    int shard = rows.shard();
    for (RowChange change : rows.changes()) {
      OperatorCatalog.Table table = catalog.table(change.tableId());
      if (table == null) {
        throw new IllegalStateException(
            "commit %d changes table %d, which does not exist".formatted(csn, change.tableId()));
      }
      int rowSpace = Keyspaces.rows(change.tableId());
      byte[] row = change.row();
      if (row == null) {
        state.delete(rowSpace, shard, change.key(), csn);
      } else {
        state.put(rowSpace, shard, change.key(), csn, row);
      }
      state.put(
          Keyspaces.delta(change.tableId()),
          shard,
          Keyspaces.deltaKey(csn, change.key()),
          csn,
          NO_VALUE);
    }
  }

  /** Rows that are in the lake: no changes, so they are in no delta. */
  private void applyLakeRows(ShardMessage.LakeRows message) {
    TableState state = state();
    int rowSpace = Keyspaces.rows(message.tableId());
    int locationSpace = Keyspaces.locations(message.tableId());
    for (ShardMessage.LakeRow row : message.rows()) {
      state.put(rowSpace, message.shard(), row.key(), message.csn(), row.row());
      state.put(locationSpace, message.shard(), row.key(), message.cutCsn(), row.location());
    }
  }

  private void applyControl(ShardMessage message) {
    if (message instanceof ShardMessage.Ddl ddl) {
      fold.apply(ddl.csn(), ddl.change());
    } else if (message instanceof ShardMessage.Cut cut) {
      fold.applyCut(cut.csn(), cut.epoch(), cut.tableIds());
    } else if (message instanceof ShardMessage.Published published) {
      fold.apply(published.record());
    } else if (message instanceof ShardMessage.Located located) {
      applyLocated(located.record());
    }
  }

  /** The table begins with this cut; its rows' locations came with the rows. */
  private void applyLocated(LakePublished record) {
    OperatorCatalog.Table table = catalog.table(record.tableId());
    if (table == null || table.cutCsn() >= record.cutCsn()) {
      return;
    }
    table.cuts.add(cutOf(record));
    table.locatedCsn = record.cutCsn();
    serving().publish(record.tableId(), table.cuts);
    serving().located(record.tableId(), record.cutCsn());
  }

  private static PublishedCut cutOf(LakePublished record) {
    return new PublishedCut(
        record.tableId(),
        record.csn(),
        record.cutCsn(),
        record.snapshotId(),
        record.locationFile());
  }

  /** What is to be done where the log says something new of a table. */
  private final class Fold extends TableFold {
    @Override
    protected void created(long csn, TableSchema schema) {
      if (catalog.create(schema)) {
        serving().show(schema, OperatorCatalog.NO_HORIZON);
        if (isFirst()) {
          emit(new LakeMessage.Ensure(schema));
        }
      }
    }

    @Override
    protected void dropped(long csn, int tableId) {
      OperatorCatalog.Table table = catalog.drop(tableId, csn);
      if (table != null) {
        lakeWorker().dropped(tableId);
        if (isFirst()) {
          emit(new LakeMessage.Drop(table.schema));
        }
      }
    }

    @Override
    protected boolean isLive(int tableId) {
      OperatorCatalog.Table table = catalog.table(tableId);
      return table != null && !table.isDropped();
    }

    @Override
    protected OptionalLong publishedCut(int tableId) {
      OperatorCatalog.Table table = catalog.table(tableId);
      return table == null ? OptionalLong.empty() : OptionalLong.of(table.cutCsn());
    }

    /** Everything up to the cut came before it in the stream, so it is applied. */
    @Override
    protected void cut(long csn, long epoch, int tableId) {
      OperatorCatalog.Table table = catalog.table(tableId);
      if (table != null) {
        lakeWorker().export(table.schema, csn, epoch, table.cutCsn());
      }
    }

    @Override
    protected void published(LakePublished record) {
      OperatorCatalog.Table table = catalog.table(record.tableId());
      if (table != null) {
        TableOperator.this.published(table, record);
      }
    }
  }

  private void published(OperatorCatalog.Table table, LakePublished record) {
    PublishedCut cut = cutOf(record);
    table.cuts.add(cut);
    long oldestUsed = table.trimCuts(record.horizon());
    serving().publish(record.tableId(), table.cuts);
    lakeWorker().locate(table.schema, cut);
    applyHorizon(table, record.horizon(), oldestUsed);
    forgetDropped(record.horizon());
    if (isFirst()) {
      expireCuts(table, oldestUsed);
    }
  }

  /** Lets go of what no reader at or above {@code horizon} can see. */
  private void applyHorizon(OperatorCatalog.Table table, long horizon, long oldestCutUsed) {
    int tableId = table.schema.tableId();
    table.horizon = Math.max(table.horizon, horizon);
    serving().raiseHorizon(tableId, table.horizon);
    state().setHorizon(Keyspaces.rows(tableId), horizon);
    if (oldestCutUsed >= 0) {
      state().setHorizon(Keyspaces.locations(tableId), oldestCutUsed);
      state().setHorizon(Keyspaces.delta(tableId), oldestCutUsed);
      lakeWorker().trim(table.schema, oldestCutUsed);
    }
  }

  private void forgetDropped(long horizon) {
    List<OperatorCatalog.Table> gone = new ArrayList<>();
    for (OperatorCatalog.Table table : catalog.tables()) {
      if (table.isDropped() && table.droppedCsn <= horizon) {
        gone.add(table);
      }
    }
    for (OperatorCatalog.Table table : gone) {
      int tableId = table.schema.tableId();
      catalog.forget(tableId);
      lakeWorker().forget(tableId);
      serving().forget(tableId);
      state().dropKeyspace(Keyspaces.rows(tableId));
      state().dropKeyspace(Keyspaces.delta(tableId));
      state().dropKeyspace(Keyspaces.locations(tableId));
    }
  }

  /** A cut's files go when neither a reader nor a retained checkpoint needs them. */
  private void expireCuts(OperatorCatalog.Table table, long oldestUsed) {
    // Until then checkpoints of former runs may be needed, of which nothing is known here.
    boolean allKnown = checkpointsCompleted >= options.checkpointsKeptMax();
    if (!allKnown || checkpoints.isEmpty() || table.isDropped()) {
      return;
    }
    long oldestNeeded = oldestUsed;
    for (CutPositions retained : checkpoints.values()) {
      oldestNeeded = Math.min(oldestNeeded, retained.oldestNeeded(table.schema.tableId()));
    }
    if (oldestNeeded >= 0) {
      emit(new LakeMessage.Expire(table.schema, oldestNeeded));
    }
  }

  /** The worker has put all locations of a cut into table state; on the task thread. */
  private void located(int tableId, long cutCsn) {
    OperatorCatalog.Table table = catalog.table(tableId);
    if (table != null) {
      table.locatedCsn = Math.max(table.locatedCsn, cutCsn);
      serving().located(tableId, cutCsn);
    }
  }

  @Override
  public void processWatermark(Watermark watermark) {
    if (!watermark.equals(Watermark.MAX_WATERMARK)) {
      serving().advance(watermark.getTimestamp());
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    DataOutputSerializer out = new DataOutputSerializer(1 << 10);
    catalog.writeTo(out);
    ListState<byte[]> state = catalogState;
    if (state != null) {
      state.update(List.of(out.getCopyOfBuffer()));
    }
    checkpoints.put(context.getCheckpointId(), CutPositions.of(catalog));
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    checkpointsCompleted++;
    CutPositions completed = checkpoints.get(checkpointId);
    if (completed != null) {
      completed.complete();
    }
    CutPositions.retainNewest(checkpoints, options.checkpointsKeptMax());
  }

  @Override
  public void close() throws Exception {
    try {
      ShardServer open = server;
      if (open != null) {
        open.close();
      }
      SubtaskShards shards = serving;
      ShardDirectory attached = directory;
      if (shards != null && attached != null) {
        attached.detach(shards);
      }
      LakeWorker worker = lakeWorker;
      if (worker != null) {
        worker.close();
      }
    } finally {
      super.close();
    }
  }
}
