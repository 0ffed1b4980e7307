package io.omendb.gateway.sql.bind;

import java.util.List;
import org.apache.calcite.rel.RelNode;

/** A bound query: its plan and the columns that its fields are, one for one. */
record Relation(RelNode rel, List<ScopeColumn> columns) {
  Relation {
    columns = List.copyOf(columns);
  }
}
