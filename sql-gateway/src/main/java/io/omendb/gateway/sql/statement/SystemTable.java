package io.omendb.gateway.sql.statement;

import io.omendb.gateway.types.PgType;
import java.util.List;

/**
 * A table of pg_catalog or information_schema as the planner sees it; the executor makes its rows,
 * one datum per column. Reached from a scan by {@code RelOptTable.unwrap(SystemTable.class)}.
 */
public interface SystemTable {

  /** pg_catalog or information_schema. */
  String namespace();

  String name();

  /** Its row in pg_class. */
  int oid();

  List<SystemColumn> columns();

  /** One column. */
  record SystemColumn(String name, PgType type) {}
}
