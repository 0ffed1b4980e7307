package io.omendb.gateway.sql;

import io.omendb.gateway.sql.bind.StatementPlanner;
import io.omendb.gateway.sql.parser.StatementParser;
import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SessionContext;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.SystemTables;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.Catalog;
import java.util.List;

/** The front end over PostgreSQL's grammar and the given system tables. */
public final class PgFrontEnd implements SqlFrontEnd {
  private final SystemTables systemTables;

  public PgFrontEnd(SystemTables systemTables) {
    this.systemTables = systemTables;
  }

  @Override
  public List<ParsedSql> parse(String text) {
    return StatementParser.parse(text);
  }

  @Override
  public PlannedStatement plan(
      ParsedSql statement, Catalog catalog, int[] parameterOids, SessionContext context) {
    try {
      return new StatementPlanner(statement, catalog, systemTables, parameterOids, context)
          .plan(statement.statement());
    } catch (StackOverflowError e) {
      throw new SqlException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "stack depth limit exceeded: the statement is nested too deeply",
          0);
    }
  }
}
