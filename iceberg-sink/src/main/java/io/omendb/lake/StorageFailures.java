package io.omendb.lake;

import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.file.DamagedFileException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.RESTException;
import org.apache.iceberg.jdbc.UncheckedInterruptedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * Names what storage and catalogs throw when they fail: a caller may try again later, whereas any
 * other exception is a fault of the program.
 */
public final class StorageFailures {

  private StorageFailures() {}

  public static <T> T named(String action, Supplier<T> call) {
    try {
      return call.get();
    } catch (DamagedFileException e) {
      throw failed(Reason.CORRUPT_FILE, action, e);
    } catch (NotFoundException e) {
      throw failed(Reason.MISSING_FILE, action, e);
    } catch (UncheckedIOException
        | UncheckedSQLException
        | UncheckedInterruptedException
        | RESTException
        | CommitFailedException e) {
      throw failed(Reason.STORAGE, action, e);
    }
  }

  private static LakeException failed(Reason reason, String action, RuntimeException e) {
    return new LakeException(reason, "cannot %s: %s".formatted(action, e.getMessage()), e);
  }
}
