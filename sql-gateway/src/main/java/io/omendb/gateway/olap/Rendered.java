package io.omendb.gateway.olap;

/** Flink SQL text of a value, and how the value travels. */
record Rendered(String sql, Carried type) {

  /** Converted to another type by Flink, which must hold all values of this one. */
  Rendered castTo(Carried target) {
    return type.sql().equals(target.sql())
        ? new Rendered(sql, target)
        : new Rendered("CAST(" + sql + " AS " + target.sql() + ")", target);
  }
}
