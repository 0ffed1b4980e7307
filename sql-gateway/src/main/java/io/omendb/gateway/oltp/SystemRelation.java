package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.statement.SystemTable;
import org.jspecify.annotations.Nullable;

/** A system table that makes its own rows, from the catalog that the statement sees. */
public interface SystemRelation extends SystemTable {

  /** One datum per column. */
  Iterable<@Nullable Object[]> rows(ExecutionContext context);
}
