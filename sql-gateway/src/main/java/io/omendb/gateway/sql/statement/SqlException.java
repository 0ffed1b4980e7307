package io.omendb.gateway.sql.statement;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;

/**
 * An error in a statement's text. {@code position} is PostgreSQL's: the 1-based number of the
 * character in the query string, 0 where it is not known.
 */
public final class SqlException extends OmenException {
  private static final long serialVersionUID = 1L;

  private final int position;

  public SqlException(ErrorCode code, String message, int position) {
    super(code, message);
    this.position = position;
  }

  public int position() {
    return position;
  }
}
