package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.ErrorCode;
import org.apache.calcite.sql.SqlNode;

/** Errors of the binder, in PostgreSQL's words, with the position in the query string. */
final class BindErrors {
  private BindErrors() {}

  static int position(SqlNode node) {
    return Math.max(node.getParserPosition().getColumnNum(), 0);
  }

  static SqlException notSupported(String what, int position) {
    return new SqlException(ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported", position);
  }

  static SqlException undefinedTable(String name, int position) {
    return new SqlException(
        ErrorCode.UNDEFINED_TABLE, "relation \"%s\" does not exist".formatted(name), position);
  }

  static SqlException undefinedColumn(String name, int position) {
    String shown = name.contains(".") ? name : '"' + name + '"';
    return new SqlException(
        ErrorCode.UNDEFINED_COLUMN, "column %s does not exist".formatted(shown), position);
  }

  static SqlException error(ErrorCode code, String message, int position) {
    return new SqlException(code, message, position);
  }
}
