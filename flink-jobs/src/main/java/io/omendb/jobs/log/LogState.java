package io.omendb.jobs.log;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.CatalogState;
import io.omendb.jobs.table.SchemaCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
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
 * lake has, the outstanding cut, and the newest transactions. It is a fold over the log, so the
 * coordinator and the log's source have the same one at the same position; the source checkpoints
 * it, and a coordinator that starts from it need not see the records before it.
 *
 * <p>Mutable and confined to one thread.
 */
public final class LogState {
  /** Committed transactions that are remembered for unknown outcomes. */
  private static final int RECENT_TRANSACTIONS_MAX = 4096;

  private static final int FORMAT_VERSION = 1;
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
  private final Map<Integer, Long> outstandingCut = new TreeMap<>();
  private final Map<TransactionKey, Long> recentTransactions = new LinkedHashMap<>();

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

  /** Tables of the newest cut that the lake does not have at its CSN yet. */
  public List<Integer> outstandingTables() {
    return List.copyOf(outstandingCut.keySet());
  }

  public boolean cutOutstanding() {
    return !outstandingCut.isEmpty();
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

  /** Tables that changed since their newest cut: those that the next cut is about. */
  public List<Integer> changedTables() {
    List<Integer> changed = new ArrayList<>();
    tables.forEach(
        (id, table) -> {
          long from = outstandingCut.containsKey(id) ? table.afterCutFrom : table.unpublishedFrom;
          if (from != NONE) {
            changed.add(id);
          }
        });
    return changed;
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
      applyPublished(published);
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
          changed(lastTableId);
        }
      } else {
        applyDdl(commit.csn(), change);
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

  private void applyDdl(long version, Change change) {
    if (change instanceof CreateTable create) {
      catalog = catalog.create(version, create.schema());
      added(create.schema().tableId());
    } else if (change instanceof DropTable drop) {
      catalog = catalog.drop(version, drop.tableId());
      removed(drop.tableId());
    } else if (change instanceof TruncateTable truncate) {
      catalog = catalog.truncate(version, truncate.tableId(), truncate.replacement());
      removed(truncate.tableId());
      added(truncate.replacement().tableId());
    }
  }

  private void added(int tableId) {
    tables.put(tableId, new Table());
    changed(tableId);
  }

  private void removed(int tableId) {
    tables.remove(tableId);
    outstandingCut.remove(tableId);
  }

  private void changed(int tableId) {
    Table table = tables.get(tableId);
    if (table == null) {
      return;
    }
    if (outstandingCut.containsKey(tableId)) {
      table.afterCutFrom = table.afterCutFrom == NONE ? position : table.afterCutFrom;
    } else {
      table.unpublishedFrom = table.unpublishedFrom == NONE ? position : table.unpublishedFrom;
    }
  }

  private void applyCut(Cut cut) {
    lastCutCsn = cut.csn();
    outstandingCut.clear();
    for (int tableId : cut.tableIds()) {
      if (tables.containsKey(tableId)) {
        outstandingCut.put(tableId, cut.csn());
      }
    }
    tables.forEach(
        (id, table) -> {
          TableLake lake = table.lake;
          if (!outstandingCut.containsKey(id) && lake.snapshotCsn() != NONE) {
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

  private void applyPublished(LakePublished published) {
    Table table = tables.get(published.tableId());
    if (table == null || published.cutCsn() <= table.lake.snapshotCsn()) {
      return;
    }
    table.lake =
        new TableLake(
            published.cutCsn(),
            published.snapshotId(),
            published.cutCsn(),
            Math.max(published.horizon(), table.lake.horizon()),
            published.locationFile());
    if (outstandingCut.remove(published.tableId(), published.cutCsn())) {
      table.unpublishedFrom = table.afterCutFrom;
      table.afterCutFrom = NONE;
    }
  }

  /**
   * Byte version, long position, csn, epoch, last cut's csn, catalog, then tables, outstanding cut
   * and recent transactions, each an int count and its entries.
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
    out.writeInt(outstandingCut.size());
    for (Map.Entry<Integer, Long> entry : outstandingCut.entrySet()) {
      out.writeInt(entry.getKey());
      out.writeLong(entry.getValue());
    }
    out.writeInt(recentTransactions.size());
    for (Map.Entry<TransactionKey, Long> entry : recentTransactions.entrySet()) {
      out.writeLong(entry.getKey().epoch());
      out.writeLong(entry.getKey().transactionId());
      out.writeLong(entry.getValue());
    }
  }

  private static void writeTable(DataOutput out, int tableId, Table table) throws IOException {
    out.writeInt(tableId);
    out.writeLong(table.lake.snapshotCsn());
    out.writeLong(table.lake.snapshotId());
    out.writeLong(table.lake.coveredCsn());
    out.writeLong(table.lake.horizon());
    SchemaCodec.writeString(out, table.lake.locationFile());
    out.writeLong(table.unpublishedFrom);
    out.writeLong(table.afterCutFrom);
  }

  public static LogState readFrom(DataInput in) throws IOException {
    int formatVersion = in.readUnsignedByte();
    if (formatVersion != FORMAT_VERSION) {
      throw new IOException(
          "log state format: expected %d, got %d".formatted(FORMAT_VERSION, formatVersion));
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
      table.lake =
          new TableLake(
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              SchemaCodec.readString(in));
      table.unpublishedFrom = in.readLong();
      table.afterCutFrom = in.readLong();
      state.tables.put(tableId, table);
    }
    int cutCount = SchemaCodec.readCount(in, TABLES_MAX, "tables of the cut");
    for (int i = 0; i < cutCount; i++) {
      state.outstandingCut.put(in.readInt(), in.readLong());
    }
    int transactionCount = SchemaCodec.readCount(in, RECENT_TRANSACTIONS_MAX, "transactions");
    for (int i = 0; i < transactionCount; i++) {
      state.recentTransactions.put(new TransactionKey(in.readLong(), in.readLong()), in.readLong());
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
        && outstandingCut.equals(that.outstandingCut)
        && recentTransactions.equals(that.recentTransactions);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(position);
  }
}
