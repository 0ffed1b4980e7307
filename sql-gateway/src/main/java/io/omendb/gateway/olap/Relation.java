package io.omendb.gateway.olap;

import java.util.List;
import java.util.StringJoiner;

/** Text of a query whose columns are c0, c1, … and how they travel. */
record Relation(String sql, List<Carried> columns) {

  /** This query as an input of another, under an alias. */
  Input as(String alias) {
    return new Input(alias, this);
  }

  /** This query as one whose values are results. */
  Relation requireExact() {
    columns.forEach(Carried::requireExact);
    return this;
  }

  /** A rendered input under an alias. */
  record Input(String alias, Relation relation) {
    List<Carried> types() {
      return relation.columns();
    }

    String name(int index) {
      return alias + ".c" + index;
    }

    /** A column whose value is read; see {@link Carried.Form#ROUNDED}. */
    Rendered column(int index) {
      return new Rendered(name(index), types().get(index).requireExact());
    }

    String derived() {
      return "(" + relation.sql() + ") AS " + alias;
    }

    String allColumns() {
      return allColumns(0);
    }

    /** All columns, numbered from {@code first}. */
    String allColumns(int first) {
      StringJoiner joiner = new StringJoiner(", ");
      for (int i = 0; i < types().size(); i++) {
        joiner.add(name(i) + " AS c" + (first + i));
      }
      return types().isEmpty() ? "1 AS c0" : joiner.toString();
    }
  }
}
