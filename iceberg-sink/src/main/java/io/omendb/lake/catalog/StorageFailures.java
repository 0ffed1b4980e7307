package io.omendb.lake.catalog;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.RESTException;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * Names what storage and catalogs throw when they fail: a caller may try again later, whereas any
 * other exception is a fault of the program.
 */
final class StorageFailures {

  private StorageFailures() {}

  static <T> T named(String action, Supplier<T> call) {
    try {
      return call.get();
    } catch (UncheckedIOException
        | UncheckedSQLException
        | RESTException
        | NotFoundException
        | CommitFailedException e) {
      throw new LakeException(Reason.STORAGE, "cannot %s: %s".formatted(action, e.getMessage()), e);
    }
  }
}
