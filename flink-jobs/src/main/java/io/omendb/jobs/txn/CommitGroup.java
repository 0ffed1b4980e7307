package io.omendb.jobs.txn;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.log.LogState.TableLake;
import io.omendb.jobs.table.CatalogState;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Requests that become durable together, and their records in CSN order. Coordinator's thread. */
final class CommitGroup {
  private record Member(Request request, long csn) {}

  private final LogState state;
  private final long epoch;
  private final long timestampMicros;
  private final List<LogRecord> records = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();
  private long nextCsn;

  CommitGroup(LogState state, long epoch, long timestampMicros) {
    this.state = state;
    this.epoch = epoch;
    this.timestampMicros = timestampMicros;
    nextCsn = state.csn() + 1;
  }

  List<LogRecord> records() {
    return records;
  }

  /** Adds a commit, or fails it if a table it writes is not what it was planned against. */
  void add(Request.Commit commit, TransactionCoordinator coordinator) {
    OmenException refusal = checkTables(commit.changes());
    if (refusal != null) {
      commit.fail(coordinator, refusal);
      return;
    }
    long csn = nextCsn++;
    List<Change> changes = commit.changes();
    if (commit.hasProvisionalKeys()) {
      changes = new ArrayList<>(changes);
      changes.replaceAll(change -> resolve(change, csn, coordinator.shardCount()));
    }
    records.add(new LogRecord.Commit(csn, epoch, commit.transactionId(), timestampMicros, changes));
    members.add(new Member(commit, csn));
  }

  private static Change resolve(Change change, long csn, int shardCount) {
    return change instanceof RowChange row && ProvisionalKeys.isProvisional(row.key())
        ? ProvisionalKeys.resolve(row, csn, shardCount)
        : change;
  }

  /** Table locks make a mismatch impossible; checked all the same, since it would lose rows. */
  private @Nullable OmenException checkTables(List<Change> changes) {
    if (!ddlApplies(changes)) {
      return new OmenException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: the catalog changed concurrently");
    }
    Set<Integer> known = new HashSet<>();
    int last = 0;
    for (Change change : changes) {
      if (change instanceof RowChange row && row.tableId() != last) {
        last = row.tableId();
        if (known.add(last) && !isCurrent(row)) {
          return new OmenException(
              ErrorCode.SERIALIZATION_FAILURE,
              "could not serialize access: table %d was altered or dropped concurrently"
                  .formatted(last));
        }
      } else if (change instanceof CreateTable create) {
        known.add(create.schema().tableId());
      } else if (change instanceof TruncateTable truncate) {
        known.add(truncate.replacement().tableId());
      }
    }
    return null;
  }

  private boolean ddlApplies(List<Change> changes) {
    CatalogState catalog = state.catalog();
    try {
      for (Change change : changes) {
        if (change instanceof RowChange) {
          break;
        } else if (change instanceof CreateTable create) {
          catalog = catalog.create(nextCsn, create.schema());
        } else if (change instanceof DropTable drop) {
          catalog = catalog.drop(nextCsn, drop.tableId());
        } else if (change instanceof TruncateTable truncate) {
          catalog = catalog.truncate(nextCsn, truncate.tableId(), truncate.replacement());
        }
      }
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private boolean isCurrent(RowChange row) {
    return state
        .catalog()
        .table(row.tableId())
        .map(TableSchema::schemaVersion)
        .filter(version -> version == row.schemaVersion())
        .isPresent();
  }

  /** Adds what the lake did, unless it is known. {@code horizon} is the table's new one. */
  void add(Request.Published published, long horizon) {
    TableLake lake = state.lakeOf(published.tableId());
    if (lake == null || published.cutCsn() <= lake.snapshotCsn()) {
      published.result().complete(null);
      return;
    }
    long csn = nextCsn++;
    records.add(
        new LogRecord.LakePublished(
            csn,
            epoch,
            published.tableId(),
            published.cutCsn(),
            published.snapshotId(),
            published.locationFile(),
            Math.max(horizon, lake.horizon())));
    members.add(new Member(published, csn));
  }

  /** All is durable and published. */
  void finish(TransactionCoordinator coordinator) {
    for (Member member : members) {
      if (member.request() instanceof Request.Commit commit) {
        commit.finish(coordinator, member.csn());
      } else if (member.request() instanceof Request.Published published) {
        published.result().complete(null);
      }
    }
  }

  void fail(TransactionCoordinator coordinator, OmenException reason) {
    members.forEach(member -> member.request().fail(coordinator, reason));
  }
}
