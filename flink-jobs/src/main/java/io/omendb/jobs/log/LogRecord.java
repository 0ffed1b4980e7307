package io.omendb.jobs.log;

import io.omendb.jobs.table.TableSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record of the commit log. Every record has its own CSN, strictly greater than that of the
 * record before it, and the epoch of the coordinator that wrote it.
 */
public sealed interface LogRecord {

  long csn();

  long epoch();

  /** A coordinator took the log over; the first record of every epoch. */
  record EpochOpened(long csn, long epoch) implements LogRecord {}

  /**
   * A committed transaction. {@code transactionId} is unique within its epoch; {@code
   * timestampMicros} is the commit time in microseconds since 1970 UTC. Changes apply in order; a
   * key occurs at most once per table.
   */
  record Commit(
      long csn, long epoch, long transactionId, long timestampMicros, List<Change> changes)
      implements LogRecord {
    public Commit {
      changes = List.copyOf(changes);
    }
  }

  /** The lake is to be brought to this record's CSN for these tables. */
  record Cut(long csn, long epoch, List<Integer> tableIds) implements LogRecord {
    public Cut {
      tableIds = List.copyOf(tableIds);
    }
  }

  /**
   * The lake's table now is the state at {@code cutCsn}: the store learns locations from {@code
   * locationFile}. {@code horizon} is the CSN below which no snapshot is read any more.
   */
  record LakePublished(
      long csn,
      long epoch,
      int tableId,
      long cutCsn,
      long snapshotId,
      String locationFile,
      long horizon)
      implements LogRecord {}

  /** One change of a {@link Commit}. */
  sealed interface Change {}

  /**
   * A row's new version, or its deletion where {@code row} is null. Key and row are as encoded by
   * {@code jobs.table}'s codecs.
   */
  record RowChange(int tableId, int schemaVersion, int shard, byte[] key, byte @Nullable [] row)
      implements Change {}

  record CreateTable(TableSchema schema) implements Change {}

  record DropTable(int tableId) implements Change {}

  /** {@code replacement} is the same table under a new id, empty. */
  record TruncateTable(int tableId, TableSchema replacement) implements Change {}
}
