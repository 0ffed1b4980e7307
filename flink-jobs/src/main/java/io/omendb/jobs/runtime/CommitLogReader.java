package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakePoller;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogReader;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.recovery.CheckpointKeeper;
import io.omendb.jobs.recovery.LogSplit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/**
 * Runs the coordinator and sends what it made durable: for each record its messages, then the
 * record's CSN as the watermark. A large commit is sent in pieces, and a checkpoint may fall
 * between two of them; its watermark follows the last.
 *
 * <p>After a restore the watermark of what was sent before comes first, so that an idle database
 * serves; then each table's cut that is still unpublished and lies before the restored position,
 * since its export was lost with the former run. Cuts that the log already knows to be published
 * are not sent again when the log is replayed. Where neither a checkpoint nor the log's beginning
 * is there, the stream begins with what the lake has ({@link LakeBegin}).
 *
 * <p>Confined to the task thread.
 */
final class CommitLogReader implements SourceReader<ShardMessage, LogSplit> {
  /** Changes of a commit that are sent before the next checkpoint may begin. */
  static final int PIECE_CHANGES_MAX = 1 << 10;

  private final RuntimeJobOptions options;
  private final LogOwner.Factory owners;
  private final CompletableFuture<@Nullable Void> splitArrived = new CompletableFuture<>();

  private @Nullable LogSplit restored;
  private @Nullable Stream stream;

  /** Where the log would be read from again, by checkpoint; true once completed. */
  private final NavigableMap<Long, Retained> checkpoints = new TreeMap<>();

  /** Where checkpoints are on a local disk: trims the log in place of this. */
  private @Nullable CheckpointKeeper keeper;

  private record Retained(long position, boolean completed) {}

  /** What exists while the log is open. */
  private static final class Stream {
    final LogOwner owner;
    final LogReader reader;

    /** Fold over the records that were sent wholly. */
    final LogState sent;

    final LakePoller poller;

    /** What the stream still begins with; null where it has begun. */
    @Nullable LakeBegin begin;

    @Nullable LogRecord record;
    int changeIndex;

    /** Wakes the task when the coordinator fails. */
    private final CompletableFuture<Void> watched;

    /** What the task waits for while there is no record. */
    private volatile CompletableFuture<Void> wakeUp = CompletableFuture.completedFuture(null);

    Stream(LogOwner owner, LogReader reader, LogState sent, int changeIndex, LakePoller poller) {
      this.poller = poller;
      this.owner = owner;
      this.reader = reader;
      this.sent = sent;
      this.changeIndex = changeIndex;
      watched = owner.failure().whenComplete((nothing, error) -> wakeUp.complete(null));
    }

    void watchLake() {
      Map<Integer, LakePoller.Outstanding> cuts = new HashMap<>();
      sent.outstandingCuts()
          .forEach(
              (tableId, cutCsn) ->
                  sent.catalog()
                      .table(tableId)
                      .ifPresent(
                          table -> cuts.put(tableId, new LakePoller.Outstanding(table, cutCsn))));
      poller.watch(cuts);
    }

    /** Tables of a cut for which the log does not know it, or a later one, to be published. */
    List<Integer> unpublished(Cut cut) {
      if (cut.csn() > owner.openedAtCsn()) {
        return cut.tableIds();
      }
      Map<Integer, Long> outstanding = owner.outstandingCuts();
      return cut.tableIds().stream()
          .filter(tableId -> outstanding.getOrDefault(tableId, -1L) == cut.csn())
          .toList();
    }

    /** Completes when there may be a record, or when the coordinator has failed. */
    CompletableFuture<Void> wakeUp() {
      CompletableFuture<Void> available = reader.available();
      if (available.isDone() || watched.isDone()) {
        return CompletableFuture.completedFuture(null);
      }
      CompletableFuture<Void> mine = available.thenRun(() -> {});
      wakeUp = mine;
      // Done before its dependent completes the former wakeUp: one of the two sees the other.
      if (owner.failure().isDone()) {
        mine.complete(null);
      }
      return mine;
    }
  }

  CommitLogReader(RuntimeJobOptions options, LogOwner.Factory owners) {
    this.options = options;
    this.owners = owners;
  }

  @Override
  public void start() {}

  @Override
  public void addSplits(List<LogSplit> splits) {
    for (LogSplit split : splits) {
      restored = split;
    }
    splitArrived.complete(null);
  }

  @Override
  public void notifyNoMoreSplits() {}

  @Override
  public InputStatus pollNext(ReaderOutput<ShardMessage> output) throws Exception {
    LogSplit split = restored;
    if (split == null) {
      return InputStatus.NOTHING_AVAILABLE;
    }
    Stream open = stream;
    if (open == null) {
      stream = open(split, output);
      return InputStatus.MORE_AVAILABLE;
    }
    if (open.owner.failure().isDone()) {
      open.owner.failure().join();
    }
    LakeBegin begin = open.begin;
    if (begin != null) {
      if (!begin.send(output)) {
        open.begin = null;
        begin.close();
        goOn(open.owner, open.sent, output);
      }
      return InputStatus.MORE_AVAILABLE;
    }
    LogRecord record = open.record;
    if (record == null) {
      record = open.reader.poll();
      if (record == null) {
        return InputStatus.NOTHING_AVAILABLE;
      }
      open.record = record;
    }
    if (send(open, record, output)) {
      open.sent.apply(record, open.reader.position());
      if (!(record instanceof Commit)) {
        open.watchLake();
      }
      open.record = null;
      open.changeIndex = 0;
      open.owner.sent(record.csn());
      output.emitWatermark(new Watermark(record.csn()));
    }
    return InputStatus.MORE_AVAILABLE;
  }

  private Stream open(LogSplit split, ReaderOutput<ShardMessage> output) throws IOException {
    LakeBegin begin = split.state() == null ? LakeBegin.find(options) : null;
    boolean opened = false;
    LogOwner owner = null;
    try {
      LogState from = begin == null ? split.state() : begin.state();
      owner = owners.open(options, from);
      LogState sent = from;
      if (sent == null) {
        sent = new LogState(owner.log().beginPosition());
      } else {
        sent = LogSplit.of(sent, 0).stateOrThrow();
        if (begin == null) {
          goOn(owner, sent, output);
        }
      }
      LogReader reader = owner.log().read(sent.position());
      LogOwners.register(options.databaseId(), owner);
      if (!options.localCheckpoints().isEmpty()) {
        keeper =
            new CheckpointKeeper(
                LogFileSystem.LOCAL,
                Path.of(options.localCheckpoints()),
                options.checkpointsKeptMax(),
                owner.log()::trim);
      }
      opened = true;
      Stream made =
          new Stream(
              owner,
              reader,
              sent,
              split.changeIndex(),
              new LakePoller(options.lakeOptions(), owner));
      made.begin = begin;
      made.watchLake();
      return made;
    } finally {
      if (!opened) {
        close(owner, begin);
      }
    }
  }

  private static void close(@Nullable LogOwner owner, @Nullable LakeBegin begin)
      throws IOException {
    try {
      if (begin != null) {
        begin.close();
      }
    } finally {
      if (owner != null) {
        owner.close();
      }
    }
  }

  /** All up to that state was sent. */
  private void goOn(LogOwner owner, LogState sent, ReaderOutput<ShardMessage> output) {
    output.emitWatermark(new Watermark(sent.csn()));
    sendUnpublishedCuts(owner, sent.csn(), output);
  }

  private void sendUnpublishedCuts(
      LogOwner owner, long sentCsn, ReaderOutput<ShardMessage> output) {
    Map<Long, List<Integer>> tablesOfCut = new TreeMap<>();
    owner
        .outstandingCuts()
        .forEach(
            (tableId, cutCsn) -> {
              if (cutCsn <= sentCsn) {
                tablesOfCut.computeIfAbsent(cutCsn, csn -> new ArrayList<>()).add(tableId);
              }
            });
    long epoch = owner.log().epoch();
    tablesOfCut.forEach(
        (cutCsn, tables) ->
            toAll(output, shard -> new ShardMessage.Cut(shard, cutCsn, epoch, tables)));
  }

  /** Sends the record or its next piece; whether all of it is sent. */
  private boolean send(Stream open, LogRecord record, ReaderOutput<ShardMessage> output) {
    if (record instanceof Commit commit) {
      return sendPiece(open, commit, output);
    }
    if (record instanceof Cut cut) {
      long epoch = open.owner.log().epoch();
      List<Integer> tables = open.unpublished(cut);
      if (!tables.isEmpty()) {
        toAll(output, shard -> new ShardMessage.Cut(shard, cut.csn(), epoch, tables));
      }
    } else if (record instanceof LakePublished published) {
      toAll(output, shard -> new ShardMessage.Published(shard, published));
    }
    return true;
  }

  private boolean sendPiece(Stream open, Commit commit, ReaderOutput<ShardMessage> output) {
    List<Change> changes = commit.changes();
    int end = Math.min(changes.size(), open.changeIndex + PIECE_CHANGES_MAX);
    Map<Integer, List<RowChange>> rows = new TreeMap<>();
    for (Change change : changes.subList(open.changeIndex, end)) {
      if (change instanceof RowChange row) {
        if (open.sent.isBegunWith(row.tableId(), commit.csn())) {
          continue;
        }
        rows.computeIfAbsent(row.shard(), shard -> new ArrayList<>()).add(row);
      } else {
        flush(rows, commit.csn(), output);
        toAll(output, shard -> new ShardMessage.Ddl(shard, commit.csn(), change));
      }
    }
    flush(rows, commit.csn(), output);
    open.changeIndex = end;
    return end == changes.size();
  }

  private static void flush(
      Map<Integer, List<RowChange>> rows, long csn, ReaderOutput<ShardMessage> output) {
    rows.forEach((shard, changes) -> output.collect(new ShardMessage.Rows(shard, csn, changes)));
    rows.clear();
  }

  private void toAll(ReaderOutput<ShardMessage> output, IntFunction<ShardMessage> message) {
    for (int shard = 0; shard < options.shardCount(); shard++) {
      output.collect(message.apply(shard));
    }
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    Stream open = stream;
    if (open == null) {
      return restored == null
          ? splitArrived.thenAccept(nothing -> {})
          : CompletableFuture.completedFuture(null);
    }
    return open.record != null || open.begin != null
        ? CompletableFuture.completedFuture(null)
        : open.wakeUp();
  }

  @Override
  public List<LogSplit> snapshotState(long checkpointId) {
    Stream open = stream;
    if (open == null) {
      LogSplit split = restored;
      return split == null ? List.of() : List.of(split);
    }
    if (open.begin != null) {
      return List.of(LogSplit.BEGIN);
    }
    if (keeper == null) {
      checkpoints.put(checkpointId, new Retained(open.sent.position(), false));
    }
    return List.of(LogSplit.of(open.sent, open.changeIndex));
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    Stream open = stream;
    CheckpointKeeper sealing = keeper;
    if (open != null && sealing != null) {
      sealing.completed(checkpointId, open.sent.neededFrom(options.lakeLogBytesMax()));
    } else if (open != null) {
      trim(open, checkpointId);
    }
  }

  /**
   * Lets the log go back to the oldest checkpoint that Flink retains and to what the lake lacks.
   * Until this run has completed as many checkpoints as are retained, older ones may be needed.
   */
  private void trim(Stream open, long checkpointId) throws IOException {
    checkpoints.computeIfPresent(checkpointId, (id, c) -> new Retained(c.position(), true));
    long completed = checkpoints.values().stream().filter(Retained::completed).count();
    while (completed > options.checkpointsKeptMax()) {
      Map.Entry<Long, Retained> oldest = checkpoints.firstEntry();
      if (oldest == null) {
        break;
      }
      if (oldest.getValue().completed()) {
        completed--;
      }
      checkpoints.remove(oldest.getKey());
    }
    Map.Entry<Long, Retained> oldest = checkpoints.firstEntry();
    if (oldest != null && completed >= options.checkpointsKeptMax()) {
      open.owner
          .log()
          .trim(
              Math.min(
                  oldest.getValue().position(), open.sent.neededFrom(options.lakeLogBytesMax())));
    }
  }

  @Override
  public void close() throws IOException {
    Stream open = stream;
    if (open != null) {
      LogOwners.unregister(options.databaseId(), open.owner);
      open.poller.close();
      CheckpointKeeper sealing = keeper;
      if (sealing != null) {
        sealing.close();
      }
      try {
        open.reader.close();
      } finally {
        close(open.owner, open.begin);
      }
    }
  }
}
