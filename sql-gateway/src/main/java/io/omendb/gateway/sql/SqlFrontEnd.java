package io.omendb.gateway.sql;

import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SessionContext;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.table.Catalog;
import java.util.List;

/**
 * PostgreSQL text to validated relational plans, the same for both routes. Thread-safe and without
 * state of its own: a plan may be cached for as long as the catalog's version and the session
 * context stay the same.
 */
public interface SqlFrontEnd {

  /**
   * Splits a query string into its statements and parses each; empty where there is none. Knows no
   * catalog. SYNTAX_ERROR in PostgreSQL's words, FEATURE_NOT_SUPPORTED for syntax that is known and
   * not supported; both are {@link SqlException}s that tell the position.
   */
  List<ParsedSql> parse(String text);

  /**
   * Binds names, types and functions and makes the plan. {@code parameterOids} are the types that
   * the client declared, 0 or absent where it declared none.
   */
  PlannedStatement plan(
      ParsedSql statement, Catalog catalog, int[] parameterOids, SessionContext context);
}
