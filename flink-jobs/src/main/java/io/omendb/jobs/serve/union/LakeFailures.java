package io.omendb.jobs.serve.union;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeScan.RowIterator;
import java.util.function.Supplier;
import org.apache.flink.table.data.RowData;

/** What a query is told when the lake's part of a table cannot be read, and what to do. */
final class LakeFailures {
  private LakeFailures() {}

  static <T> T named(TableSchema table, Supplier<T> read) {
    try {
      return read.get();
    } catch (LakeException e) {
      throw new OmenException(
          code(e.reason()),
          "the lake's part of table \"%s\" cannot be read: %s. SET omendb.route = 'state' reads the rows without the lake; for publishing: %s (see omendb.lake_tables)"
              .formatted(table.name(), e.getMessage(), e.reason().advice()),
          e);
    }
  }

  private static ErrorCode code(LakeException.Reason reason) {
    return switch (reason) {
      case STORAGE, OUTCOME_UNKNOWN, MISSING_FILE -> ErrorCode.IO_ERROR;
      case CORRUPT_FILE, NEWER_FILE_VERSION -> ErrorCode.DATA_CORRUPTED;
      case PARENT_MISMATCH,
          FOREIGN_SNAPSHOT,
          NEWER_EPOCH,
          CUT_EXPIRED,
          FOREIGN_TABLE,
          MISSING_TABLE,
          FOREIGN_SCHEMA,
          NO_SUCH_SNAPSHOT,
          INCONSISTENT_LOCATION ->
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE;
      case UNEXPECTED -> ErrorCode.INTERNAL_ERROR;
    };
  }

  /** The same rows; what fails while they are read is named, too. */
  static RowIterator named(TableSchema table, RowIterator rows) {
    return new RowIterator() {
      @Override
      public boolean next() {
        try {
          return rows.next();
        } catch (LakeException e) {
          return named(
              table,
              () -> {
                throw e;
              });
        }
      }

      @Override
      public RowData row() {
        return rows.row();
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }
}
