package io.omendb.gateway.sql.bind;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.CorrelationId;
import org.jspecify.annotations.Nullable;

/**
 * The columns that names can mean at one query level, over the row of {@code rel}; the levels
 * around it are {@code parent}s, whose columns are reached through a correlation variable.
 */
final class Scope {
  private final RelNode rel;
  private final List<ScopeColumn> columns;
  private final @Nullable Scope parent;
  private @Nullable CorrelationId correlation;

  Scope(RelNode rel, List<ScopeColumn> columns, @Nullable Scope parent) {
    this.rel = rel;
    this.columns = List.copyOf(columns);
    this.parent = parent;
  }

  RelNode rel() {
    return rel;
  }

  List<ScopeColumn> columns() {
    return columns;
  }

  @Nullable Scope parent() {
    return parent;
  }

  /** The variable that inner levels see this level's row as. */
  CorrelationId correlation() {
    if (correlation == null) {
      RelOptCluster cluster = rel.getCluster();
      correlation = cluster.createCorrel();
    }
    return correlation;
  }

  /** The variable if an inner level used it. */
  @Nullable CorrelationId usedCorrelation() {
    return correlation;
  }

  /** Common table expressions, by name; inner levels see outer ones. */
  static final class Ctes {
    private final Map<String, Relation> byName = new HashMap<>();
    private final @Nullable Ctes outer;

    Ctes(@Nullable Ctes outer) {
      this.outer = outer;
    }

    void add(String name, Relation relation) {
      byName.put(name, relation);
    }

    boolean declares(String name) {
      return byName.containsKey(name);
    }

    @Nullable Relation find(String name) {
      Relation own = byName.get(name);
      return own != null || outer == null ? own : outer.find(name);
    }
  }
}
