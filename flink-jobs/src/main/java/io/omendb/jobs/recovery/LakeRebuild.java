package io.omendb.jobs.recovery;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.lake.LakeSchemas;
import io.omendb.jobs.log.LogInspection;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.log.LogState.TableLake;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeCatalog;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.LakeCut;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a database begins with that has no checkpoint and a log without its beginning: each table
 * that lives at the log's end as the lake has it at a CSN C, and then the log's later commits. So
 * the table's changes up to C must be in the lake, and all after it in the log: C is at or above
 * the CSN of the log's {@linkplain LogInspection#base() base}, or nothing happened to the table in
 * between. Anything that does not fit is an exception that names it.
 *
 * <p>Looks only; confined to one thread. Valid as long as the catalog is open.
 */
public final class LakeRebuild {
  private final LogState begin;
  private final Map<Integer, Found> found = new TreeMap<>();

  /** A table as the lake has it. */
  private record Found(TableSchema schema, LakeTable table, LakeCut cut) {}

  private LakeRebuild(LogState begin) {
    this.begin = begin;
  }

  /**
   * Whether a start without a checkpoint has to begin with the lake, since the log does not have
   * its own beginning any more.
   */
  public static boolean isNeeded(LogInspection log) {
    return log.beginPosition() > 0;
  }

  /**
   * Looks at log and lake.
   *
   * @throws OmenException DATA_CORRUPTED where they do not reach together
   */
  public static LakeRebuild of(LogInspection log, String databaseId, LakeCatalog catalog)
      throws IOException {
    LogState base =
        log.base()
            .orElseThrow(
                () ->
                    refusal(
                        "what the commit log said before its position %d is not known: the file \"base\" beside it is missing or older"
                            .formatted(log.beginPosition())));
    LogState end = log.fold(base);
    LakeRebuild rebuild = new LakeRebuild(base.copy());
    for (TableSchema schema : end.catalog().tables()) {
      Found table = find(schema, databaseId, catalog);
      boolean before = base.catalog().table(schema.tableId()).isPresent();
      if (table != null) {
        requireReach(table, base, end, before);
        rebuild.found.put(schema.tableId(), table);
      } else if (before) {
        throw refusal(
            "the lake has nothing of table %s, of which the commit log does not have the beginning"
                .formatted(quoted(schema)));
      }
    }
    rebuild.requireKnown(log, base);
    rebuild.found.forEach(
        (tableId, table) ->
            rebuild.begin.begunFromLake(
                tableId,
                new TableLake(
                    table.cut().csn(),
                    table.cut().snapshotId(),
                    table.cut().csn(),
                    Objects.requireNonNull(end.lakeOf(tableId)).horizon(),
                    table.cut().locationFile())));
    return rebuild;
  }

  private static @Nullable Found find(TableSchema schema, String databaseId, LakeCatalog catalog) {
    Optional<LakeTable> loaded =
        catalog
            .load(schema.namespace(), schema.name())
            .filter(t -> t.databaseId().equals(databaseId) && t.tableId() == schema.tableId());
    Optional<LakeCut> cut = loaded.flatMap(LakeTable::current);
    if (loaded.isEmpty() || cut.isEmpty()) {
      return null;
    }
    loaded.get().requireColumns(LakeSchemas.schema(schema), schema.rowType());
    return new Found(schema, loaded.get(), cut.get());
  }

  /** The lake's state is of this log, and what comes after it is there. */
  private static void requireReach(Found found, LogState base, LogState end, boolean before) {
    TableSchema schema = found.schema();
    long csn = found.cut().csn();
    TableLake logged = Objects.requireNonNull(end.lakeOf(schema.tableId()));
    if (csn > end.csn() || csn < logged.snapshotCsn()) {
      throw refusal(
          "the lake has table %s at CSN %d, but by the commit log, which ends at CSN %d, it had it at %d: one of the two is not of this database's present"
              .formatted(quoted(schema), csn, end.csn(), logged.snapshotCsn()));
    }
    if (csn == logged.snapshotCsn() && found.cut().snapshotId() != logged.snapshotId()) {
      throw refusal(
          "the lake's snapshot of table %s at CSN %d is %d, but it was %d"
              .formatted(quoted(schema), csn, found.cut().snapshotId(), logged.snapshotId()));
    }
    if (before && csn < base.csn() && !base.isWholeAt(schema.tableId(), csn)) {
      throw refusal(
          "the lake has table %s as of CSN %d, and the commit log has only what was committed after CSN %d: what lies between is in checkpoints only"
              .formatted(quoted(schema), csn, base.csn()));
    }
  }

  /**
   * Every lake's CSN is one at which the log asked for a cut, and no commit after it names a row
   * whose key is not known any more.
   */
  private void requireKnown(LogInspection log, LogState base) throws IOException {
    Map<Integer, Found> unknown = new HashMap<>(found);
    unknown
        .values()
        .removeIf(
            table -> {
              int tableId = table.schema().tableId();
              TableLake lake = base.lakeOf(tableId);
              long outstanding = base.outstandingCuts().getOrDefault(tableId, -1L);
              return outstanding == table.cut().csn()
                  || (lake != null && lake.snapshotCsn() == table.cut().csn());
            });
    log.forEach(
        base.position(),
        (record, position) -> {
          if (record instanceof Cut cut) {
            unknown
                .values()
                .removeIf(
                    table ->
                        table.cut().csn() == cut.csn()
                            && cut.tableIds().contains(table.schema().tableId()));
          }
          requireKnownKeys(record);
        });
    for (Found table : unknown.values()) {
      throw refusal(
          "the lake has table %s at CSN %d, at which the commit log has no cut of it"
              .formatted(quoted(table.schema()), table.cut().csn()));
    }
  }

  private void requireKnownKeys(LogRecord record) {
    if (!(record instanceof Commit commit)) {
      return;
    }
    for (Change change : commit.changes()) {
      Found table = change instanceof RowChange row ? found.get(row.tableId()) : null;
      if (table != null
          && !table.schema().hasPrimaryKey()
          && commit.csn() > table.cut().csn()
          && ByteBuffer.wrap(((RowChange) change).key()).getLong() <= table.cut().csn()) {
        throw refusal(
            "commit %d changes a row of table %s, which has no primary key, that the lake has since CSN %d or before, and in the lake such a row cannot be told from others"
                .formatted(commit.csn(), quoted(table.schema()), table.cut().csn()));
      }
    }
  }

  private static String quoted(TableSchema schema) {
    return "\"%s\".\"%s\" (id %d)".formatted(schema.namespace(), schema.name(), schema.tableId());
  }

  static OmenException refusal(String reason) {
    return new OmenException(ErrorCode.DATA_CORRUPTED, reason);
  }

  /** Reads every row that the database would begin with; returns their number. */
  public long verify() {
    long count = 0;
    for (int tableId : found.keySet()) {
      TableSchema schema = Objects.requireNonNull(found.get(tableId)).schema();
      try (LakeRows rows = rows(tableId)) {
        while (rows.next()) {
          count++;
        }
      } catch (LakeException e) {
        throw refusal(
            "the lake's part of table %s cannot be read: %s"
                .formatted(quoted(schema), e.getMessage()));
      }
    }
    return count;
  }

  /** The state of the log from which it is read on; the stream has all of its tables. */
  public LogState begin() {
    return begin.copy();
  }

  /** Tables that are taken from the lake, by id; some may be created later in the log. */
  public Map<Integer, TableSchema> tables() {
    Map<Integer, TableSchema> tables = new TreeMap<>();
    found.forEach((tableId, table) -> tables.put(tableId, table.schema()));
    return tables;
  }

  /** What the lake has of one of {@link #tables}. */
  public LakeCut cut(int tableId) {
    return of(tableId).cut();
  }

  /** The CSN at which a table's rows are put into table state: at or below those of all others. */
  public long rowsCsn(int tableId) {
    return Math.min(begin.csn(), cut(tableId).csn());
  }

  /** A table's rows; close it. */
  public LakeRows rows(int tableId) {
    Found table = of(tableId);
    return new LakeRows(table.schema(), table.table(), table.cut().snapshotId(), rowsCsn(tableId));
  }

  private Found of(int tableId) {
    Found table = found.get(tableId);
    if (table == null) {
      throw new IllegalArgumentException("table %d is not taken from the lake".formatted(tableId));
    }
    return table;
  }
}
