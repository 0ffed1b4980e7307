package io.omendb.jobs.log;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.table.CatalogState;
import io.omendb.jobs.table.SchemaCodec;
import io.omendb.jobs.table.TableSchema;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * All that the log's records up to {@link #position()} say apart from rows: the catalog, what the
 * lake has, each table's outstanding cut, and the newest transactions. It is a fold over the log,
 * so the coordinator and the log's source have the same one at the same position; the source
 * checkpoints it, and a coordinator that starts from it need not see the records before it.
 *
 * <p>Tables are folded as {@link TableFold} says. Mutable and confined to one thread.
 */
public final class LogState {
  /** Committed transactions that are remembered for unknown outcomes. */
  private static final int RECENT_TRANSACTIONS_MAX = 4096;

  /** Version 1 knows no tables that were found in the lake. */
  private static final int FORMAT_VERSION = 2;

  private static final int TABLES_MAX = 1 << 20;
  private static final long NONE = -1;

  private record TransactionKey(long epoch, long transactionId) {}

  /**
   * What the lake has of a table. {@code snapshotCsn} and {@code snapshotId} are of the newest
   * Iceberg snapshot, -1 where there is none; {@code coveredCsn} is the CSN up to which that
   * snapshot is the table's state, later than {@code snapshotCsn} where the table did not change.
   * {@code horizon} is the CSN below which the table is not read any more.
   */
  public record TableLake(
      long snapshotCsn, long snapshotId, long coveredCsn, long horizon, String locationFile) {
    public static final TableLake NOTHING = new TableLake(NONE, NONE, NONE, 0, "");
  }

  /**
   * How far the lake is behind with a table: {@code outstandingCut} is -1 where it has every cut,
   * {@code logBytes} are from the first record that it has not got to the log's end.
   */
  public record LakeLag(int tableId, TableLake lake, long outstandingCut, long logBytes) {}

  /** One table: the lake's side, and where the log holds what the lake has not got. */
  private static final class Table {
    TableLake lake = TableLake.NOTHING;

    /** Position of the oldest record whose changes are in no lake snapshot; -1 for none. */
    long unpublishedFrom = NONE;

    /** The same for changes after the outstanding cut, while that is unpublished. */
    long afterCutFrom = NONE;
  }

  private long position;
  private long csn;
  private long epoch;
  private CatalogState catalog = CatalogState.EMPTY;
  private final Map<Integer, Table> tables = new TreeMap<>();
  private long lastCutCsn;

  /** Of each table whose newest cut the lake does not have, that cut's CSN. */
  private final Map<Integer, Long> outstandingCuts = new TreeMap<>();

  /** Tables that the stream begins with as the lake has them, and what that is. */
  private final Map<Integer, TableLake> foundInLake = new TreeMap<>();

  private final Map<TransactionKey, Long> recentTransactions = new LinkedHashMap<>();

  private final TableFold fold = new Fold();

  /** The state before the first record of a log that begins at {@code position}. */
  public LogState(long position) {
    this.position = position;
  }

  /** Position after the last record that was applied. */
  public long position() {
    return position;
  }

  /** CSN of the last record that was applied; 0 for none. */
  public long csn() {
    return csn;
  }

  /** The highest epoch seen. */
  public long epoch() {
    return epoch;
  }

  public CatalogState catalog() {
    return catalog;
  }

  /** CSN of the newest cut, published or not; 0 for none. */
  public long lastCutCsn() {
    return lastCutCsn;
  }

  /**
   * Tables with a cut that the lake does not have yet, and its CSN; a view. A table has one at
   * most, and each table its own: one that cannot be published holds up no other.
   */
  public Map<Integer, Long> outstandingCuts() {
    return Collections.unmodifiableMap(outstandingCuts);
  }

  /**
   * From here on the stream has that table, or will have it once it is created, as the lake has it:
   * its changes up to the lake's CSN are in it already, and so are the cuts up to there.
   */
  public void begunFromLake(int tableId, TableLake lake) {
    foundInLake.put(tableId, lake);
    Table table = tables.get(tableId);
    if (table != null) {
      table.lake = lake;
      table.unpublishedFrom = NONE;
      table.afterCutFrom = NONE;
      outstandingCuts.remove(tableId);
    }
  }

  /** Whether the rows that the stream began with have what that commit changed in the table. */
  public boolean isBegunWith(int tableId, long commitCsn) {
    TableLake lake = foundInLake.get(tableId);
    return lake != null && commitCsn <= lake.snapshotCsn();
  }

  /** Whether the lake's snapshot {@code cutCsn} is the table as it is at this state. */
  public boolean isWholeAt(int tableId, long cutCsn) {
    Table table = tables.get(tableId);
    if (table == null) {
      return false;
    }
    Long outstanding = outstandingCuts.get(tableId);
    return outstanding == null
        ? table.unpublishedFrom == NONE && table.lake.snapshotCsn() == cutCsn
        : table.afterCutFrom == NONE && outstanding == cutCsn;
  }

  private boolean isChanged(int tableId, Table table) {
    boolean outstanding = outstandingCuts.containsKey(tableId);
    return (outstanding ? table.afterCutFrom : table.unpublishedFrom) != NONE;
  }

  /** What the lake has of each table. */
  public Map<Integer, TableLake> lake() {
    Map<Integer, TableLake> result = new TreeMap<>();
    tables.forEach((id, table) -> result.put(id, table.lake));
    return Map.copyOf(result);
  }

  /** What the lake has of a table; null for a table that does not exist. */
  public @Nullable TableLake lakeOf(int tableId) {
    Table table = tables.get(tableId);
    return table == null ? null : table.lake;
  }

  /** Tables that changed since their newest cut. */
  public List<Integer> changedTables() {
    List<Integer> changed = new ArrayList<>();
    tables.forEach(
        (id, table) -> {
          if (isChanged(id, table)) {
            changed.add(id);
          }
        });
    return changed;
  }

  /** Those that the next cut is about: they changed, and the lake has their newest cut. */
  public List<Integer> tablesToCut() {
    List<Integer> toCut = new ArrayList<>();
    tables.forEach(
        (id, table) -> {
          if (isChanged(id, table) && !outstandingCuts.containsKey(id)) {
            toCut.add(id);
          }
        });
    return toCut;
  }

  /**
   * The oldest log position that the lake's tables still need, but not more than {@code bytesMax}
   * before the log's end: for a table that cannot be published the log is not kept for ever.
   *
   * <p>Whoever restores a checkpoint needs the log from there only, since table state has the rows
   * that the lake lacks. What comes before is for a start from lake and log without any checkpoint;
   * beyond the bound a table that is that far behind cannot be built in this way any more.
   */
  public long neededFrom(long bytesMax) {
    return Math.max(neededFrom(), position - bytesMax);
  }

  /** How far the lake is behind, by table. */
  public List<LakeLag> lakeLags() {
    List<LakeLag> lags = new ArrayList<>();
    tables.forEach(
        (id, table) ->
            lags.add(
                new LakeLag(
                    id,
                    table.lake,
                    outstandingCuts.getOrDefault(id, NONE),
                    table.unpublishedFrom == NONE ? 0 : position - table.unpublishedFrom)));
    return lags;
  }

  /** The oldest log position that the lake's tables still need; the log's end where none does. */
  public long neededFrom() {
    long needed = position;
    for (Table table : tables.values()) {
      if (table.unpublishedFrom != NONE) {
        needed = Math.min(needed, table.unpublishedFrom);
      }
    }
    return needed;
  }

  /** The CSN of that transaction's commit, if it is among the newest commits. */
  public OptionalLong commitOf(long transactionEpoch, long transactionId) {
    Long found = recentTransactions.get(new TransactionKey(transactionEpoch, transactionId));
    return found == null ? OptionalLong.empty() : OptionalLong.of(found);
  }

  /** The same state, independent of this one. */
  public LogState copy() {
    try {
      DataOutputSerializer out = new DataOutputSerializer(1 << 10);
      writeTo(out);
      return readFrom(new DataInputDeserializer(out.getSharedBuffer(), 0, out.length()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Applies the next record, which ends at {@code positionAfter}. Whoever knows only where a group
   * of records ends may give the group's start for all but the last.
   */
  public void apply(LogRecord record, long positionAfter) {
    if (record.csn() <= csn || record.epoch() < epoch || positionAfter < position) {
      throw new IllegalStateException(
          "log out of order at position %d: csn %d after %d, epoch %d after %d"
              .formatted(position, record.csn(), csn, record.epoch(), epoch));
    }
    if (record instanceof Commit commit) {
      applyCommit(commit);
    } else if (record instanceof Cut cut) {
      applyCut(cut);
    } else if (record instanceof LakePublished published) {
      fold.apply(published);
    }
    csn = record.csn();
    epoch = record.epoch();
    position = positionAfter;
  }

  private void applyCommit(Commit commit) {
    int lastTableId = 0;
    for (Change change : commit.changes()) {
      if (change instanceof RowChange row) {
        if (row.tableId() != lastTableId) {
          lastTableId = row.tableId();
          changed(lastTableId, commit.csn());
        }
      } else {
        fold.apply(commit.csn(), change);
      }
    }
    recentTransactions.put(
        new TransactionKey(commit.epoch(), commit.transactionId()), commit.csn());
    if (recentTransactions.size() > RECENT_TRANSACTIONS_MAX) {
      var oldest = recentTransactions.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  private final class Fold extends TableFold {
    @Override
    protected void created(long csn, TableSchema schema) {
      catalog = catalog.create(csn, schema);
      Table table = new Table();
      table.lake = foundInLake.getOrDefault(schema.tableId(), TableLake.NOTHING);
      tables.put(schema.tableId(), table);
      changed(schema.tableId(), csn);
    }

    @Override
    protected void dropped(long csn, int tableId) {
      catalog = catalog.drop(csn, tableId);
      tables.remove(tableId);
      outstandingCuts.remove(tableId);
      foundInLake.remove(tableId);
    }

    @Override
    protected boolean isLive(int tableId) {
      return tables.containsKey(tableId);
    }

    @Override
    protected OptionalLong publishedCut(int tableId) {
      Table table = tables.get(tableId);
      return table == null ? OptionalLong.empty() : OptionalLong.of(table.lake.snapshotCsn());
    }

    @Override
    protected void cut(long csn, long epoch, int tableId) {
      outstandingCuts.put(tableId, csn);
    }

    @Override
    protected void published(LakePublished record) {
      Table table = tables.get(record.tableId());
      if (table != null) {
        LogState.this.published(table, record);
      }
    }
  }

  private void changed(int tableId, long commitCsn) {
    Table table = tables.get(tableId);
    if (table == null || isBegunWith(tableId, commitCsn)) {
      return;
    }
    if (outstandingCuts.containsKey(tableId)) {
      table.afterCutFrom = table.afterCutFrom == NONE ? position : table.afterCutFrom;
    } else {
      table.unpublishedFrom = table.unpublishedFrom == NONE ? position : table.unpublishedFrom;
    }
  }

  private void applyCut(Cut cut) {
    lastCutCsn = cut.csn();
    fold.applyCut(cut.csn(), cut.epoch(), cut.tableIds());
    tables.forEach(
        (id, table) -> {
          TableLake lake = table.lake;
          boolean whole = !outstandingCuts.containsKey(id) && !isChanged(id, table);
          if (whole && lake.snapshotCsn() != NONE && lake.coveredCsn() < cut.csn()) {
            table.lake =
                new TableLake(
                    lake.snapshotCsn(),
                    lake.snapshotId(),
                    cut.csn(),
                    lake.horizon(),
                    lake.locationFile());
          }
        });
  }

  private void published(Table table, LakePublished published) {
    table.lake =
        new TableLake(
            published.cutCsn(),
            published.snapshotId(),
            published.cutCsn(),
            Math.max(published.horizon(), table.lake.horizon()),
            published.locationFile());
    if (outstandingCuts.remove(published.tableId(), published.cutCsn())) {
      table.unpublishedFrom = table.afterCutFrom;
      table.afterCutFrom = NONE;
    }
  }

  /**
   * Byte version, long position, csn, epoch, last cut's csn, catalog, then tables, outstanding
   * cuts, recent transactions and tables found in the lake, each an int count and its entries.
   */
  public void writeTo(DataOutput out) throws IOException {
    out.writeByte(FORMAT_VERSION);
    out.writeLong(position);
    out.writeLong(csn);
    out.writeLong(epoch);
    out.writeLong(lastCutCsn);
    catalog.writeTo(out);
    out.writeInt(tables.size());
    for (Map.Entry<Integer, Table> entry : tables.entrySet()) {
      writeTable(out, entry.getKey(), entry.getValue());
    }
    out.writeInt(outstandingCuts.size());
    for (Map.Entry<Integer, Long> entry : outstandingCuts.entrySet()) {
      out.writeInt(entry.getKey());
      out.writeLong(entry.getValue());
    }
    out.writeInt(recentTransactions.size());
    for (Map.Entry<TransactionKey, Long> entry : recentTransactions.entrySet()) {
      out.writeLong(entry.getKey().epoch());
      out.writeLong(entry.getKey().transactionId());
      out.writeLong(entry.getValue());
    }
    out.writeInt(foundInLake.size());
    for (Map.Entry<Integer, TableLake> entry : foundInLake.entrySet()) {
      out.writeInt(entry.getKey());
      writeLake(out, entry.getValue());
    }
  }

  private static void writeTable(DataOutput out, int tableId, Table table) throws IOException {
    out.writeInt(tableId);
    writeLake(out, table.lake);
    out.writeLong(table.unpublishedFrom);
    out.writeLong(table.afterCutFrom);
  }

  private static void writeLake(DataOutput out, TableLake lake) throws IOException {
    out.writeLong(lake.snapshotCsn());
    out.writeLong(lake.snapshotId());
    out.writeLong(lake.coveredCsn());
    out.writeLong(lake.horizon());
    SchemaCodec.writeString(out, lake.locationFile());
  }

  private static TableLake readLake(DataInput in) throws IOException {
    return new TableLake(
        in.readLong(), in.readLong(), in.readLong(), in.readLong(), SchemaCodec.readString(in));
  }

  public static LogState readFrom(DataInput in) throws IOException {
    int formatVersion = in.readUnsignedByte();
    if (formatVersion < 1 || formatVersion > FORMAT_VERSION) {
      throw new IOException(
          "log state format: expected up to %d, got %d".formatted(FORMAT_VERSION, formatVersion));
    }
    LogState state = new LogState(in.readLong());
    state.csn = in.readLong();
    state.epoch = in.readLong();
    state.lastCutCsn = in.readLong();
    state.catalog = CatalogState.readFrom(in);
    int tableCount = SchemaCodec.readCount(in, TABLES_MAX, "tables");
    for (int i = 0; i < tableCount; i++) {
      int tableId = in.readInt();
      Table table = new Table();
      table.lake = readLake(in);
      table.unpublishedFrom = in.readLong();
      table.afterCutFrom = in.readLong();
      state.tables.put(tableId, table);
    }
    int cutCount = SchemaCodec.readCount(in, TABLES_MAX, "tables of the cut");
    for (int i = 0; i < cutCount; i++) {
      state.outstandingCuts.put(in.readInt(), in.readLong());
    }
    int transactionCount = SchemaCodec.readCount(in, RECENT_TRANSACTIONS_MAX, "transactions");
    for (int i = 0; i < transactionCount; i++) {
      state.recentTransactions.put(new TransactionKey(in.readLong(), in.readLong()), in.readLong());
    }
    int foundCount =
        formatVersion == 1 ? 0 : SchemaCodec.readCount(in, TABLES_MAX, "tables found in the lake");
    for (int i = 0; i < foundCount; i++) {
      state.foundInLake.put(in.readInt(), readLake(in));
    }
    return state;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LogState that
        && position == that.position
        && csn == that.csn
        && epoch == that.epoch
        && lastCutCsn == that.lastCutCsn
        && catalog.equals(that.catalog)
        && lake().equals(that.lake())
        && neededFrom() == that.neededFrom()
        && outstandingCuts.equals(that.outstandingCuts)
        && foundInLake.equals(that.foundInLake)
        && recentTransactions.equals(that.recentTransactions);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(position);
  }
}
