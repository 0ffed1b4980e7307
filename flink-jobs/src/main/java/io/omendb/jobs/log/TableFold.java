package io.omendb.jobs.log;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.OptionalLong;

/**
 * What the log's records say of tables, apart from their rows: the one reading of them, for the
 * coordinator and the source ({@link LogState}) and for the shards, each of which keeps of it what
 * it needs. Records may come again after a restore: what is known already is said no more.
 *
 * <ul>
 *   <li>Truncating a table drops it and creates its replacement, in this order.
 *   <li>A cut is about those of its tables that live and that no such or later cut was published
 *       of.
 *   <li>A publication counts for a table that is known, dropped or not, and only if it is of a
 *       later cut than the one before.
 * </ul>
 */
public abstract class TableFold {
  /** Of a known table: no cut of it was published. */
  protected static final long NO_CUT = -1;

  /** A table came to be with the commit of that CSN. */
  protected abstract void created(long csn, TableSchema schema);

  /** A table was dropped with the commit of that CSN; called for those, too, that are not known. */
  protected abstract void dropped(long csn, int tableId);

  /** Whether a table is known and was not dropped. */
  protected abstract boolean isLive(int tableId);

  /** The newest cut published of a table, {@link #NO_CUT} before the first; empty: not known. */
  protected abstract OptionalLong publishedCut(int tableId);

  /** The table is to be brought into the lake as it is at {@code csn}. */
  protected abstract void cut(long csn, long epoch, int tableId);

  /** The lake has a newer cut of the table. */
  protected abstract void published(LakePublished record);

  /** Takes in a change that is none of a row. */
  public final void apply(long csn, Change change) {
    if (change instanceof CreateTable create) {
      created(csn, create.schema());
    } else if (change instanceof DropTable drop) {
      dropped(csn, drop.tableId());
    } else if (change instanceof TruncateTable truncate) {
      dropped(csn, truncate.tableId());
      created(csn, truncate.replacement());
    } else {
      throw new IllegalArgumentException("expected a change of a table, got " + change);
    }
  }

  /** Takes in a cut of tables. */
  public final void applyCut(long csn, long epoch, List<Integer> tableIds) {
    for (int tableId : tableIds) {
      if (isLive(tableId) && publishedCut(tableId).orElse(NO_CUT) < csn) {
        cut(csn, epoch, tableId);
      }
    }
  }

  /** Takes in a publication. */
  public final void apply(LakePublished record) {
    OptionalLong known = publishedCut(record.tableId());
    if (known.isPresent() && known.getAsLong() < record.cutCsn()) {
      published(record);
    }
  }
}
