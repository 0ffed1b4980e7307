package io.omendb.lake.file;

import org.apache.iceberg.exceptions.NotFoundException;

/**
 * A file is there, and is not what was written. It extends what Iceberg throws for a file that is
 * gone since neither is worth a second try: a table's metadata would be read again for more than a
 * minute, and whoever waits for another table behind it would wait too.
 */
public final class DamagedFileException extends NotFoundException {
  private static final long serialVersionUID = 1L;

  DamagedFileException(String location, Throwable cause) {
    super(cause, "%s is damaged: %s", location, cause.getMessage());
  }
}
