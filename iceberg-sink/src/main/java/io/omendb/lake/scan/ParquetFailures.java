package io.omendb.lake.scan;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.iceberg.exceptions.NotFoundException;

/** Names what reading a data file throws: it is not there, storage failed, or it is damaged. */
final class ParquetFailures {

  private ParquetFailures() {}

  /** A step of reading a file. */
  interface Step<T> {
    T run() throws IOException;
  }

  static <T> T named(String file, Step<T> step) {
    try {
      return step.run();
    } catch (LakeException e) {
      throw e;
    } catch (NotFoundException e) {
      throw new LakeException(Reason.MISSING_FILE, "data file is gone: " + file, e);
    } catch (IOException | UncheckedIOException e) {
      throw new LakeException(
          Reason.STORAGE, "cannot read %s: %s".formatted(file, e.getMessage()), e);
    } catch (RuntimeException e) {
      // Parquet has no one type for bytes that it cannot make sense of.
      throw new LakeException(
          Reason.CORRUPT_FILE, "data file %s is corrupt: %s".formatted(file, e.getMessage()), e);
    }
  }
}
