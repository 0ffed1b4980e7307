package io.omendb.gateway.session;

import io.omendb.gateway.sql.statement.ParsedSql;

/** A statement that parsed, as sessions hand it out. {@code alone}: it was the whole string. */
record SessionStatement(ParsedSql parsed, boolean alone) implements ParsedStatement {

  @Override
  public String sql() {
    return parsed.sql();
  }
}
