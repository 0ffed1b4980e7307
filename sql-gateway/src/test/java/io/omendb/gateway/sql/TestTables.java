package io.omendb.gateway.sql;

import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A catalog for plans: orders, lineitem, pgbench's tables, and t with one column of each kind. */
final class TestTables implements Catalog {
  private final List<TableSchema> tables = new ArrayList<>();

  TestTables() {
    add(
        "orders",
        List.of(0),
        "id",
        "bigint",
        "customer_id",
        "integer",
        "amount",
        "numeric",
        "created_at",
        "timestamptz",
        "status",
        "text",
        "code",
        "char");
    add(
        "lineitem",
        List.of(0, 1),
        "l_orderkey",
        "bigint",
        "l_linenumber",
        "integer",
        "l_quantity",
        "numeric",
        "l_extendedprice",
        "numeric",
        "l_discount",
        "numeric",
        "l_tax",
        "numeric",
        "l_returnflag",
        "char",
        "l_linestatus",
        "char",
        "l_shipdate",
        "date",
        "l_shipmode",
        "char");
    add(
        "pgbench_accounts",
        List.of(0),
        "aid",
        "integer",
        "bid",
        "integer",
        "abalance",
        "integer",
        "filler",
        "char");
    add(
        "pgbench_history",
        List.of(),
        "tid",
        "integer",
        "bid",
        "integer",
        "aid",
        "integer",
        "delta",
        "integer",
        "mtime",
        "timestamp",
        "filler",
        "char");
    add(
        "t",
        List.of(0),
        "a",
        "integer",
        "b",
        "text",
        "c",
        "double",
        "d",
        "smallint",
        "u",
        "uuid",
        "f",
        "boolean",
        "by",
        "bytea",
        "ts",
        "timestamp");
  }

  private void add(String name, List<Integer> key, String... columns) {
    List<Column> list = new ArrayList<>();
    for (int i = 0; i < columns.length; i += 2) {
      list.add(new Column(i / 2 + 1, columns[i], type(columns[i + 1]), !key.contains(i / 2), null));
    }
    tables.add(new TableSchema(16384 + tables.size(), "public", name, 1, list, key, Map.of()));
  }

  private static ColumnType type(String name) {
    return switch (name) {
      case "numeric" -> new ColumnType(Kind.NUMERIC, 0, 15, 2);
      case "char" -> new ColumnType(Kind.CHAR, 10, 0, 0);
      default -> ColumnType.of(Kind.valueOf(name.toUpperCase(Locale.ROOT)));
    };
  }

  @Override
  public long version() {
    return 1;
  }

  @Override
  public Optional<TableSchema> table(String namespace, String name) {
    return tables.stream()
        .filter(t -> t.namespace().equals(namespace) && t.name().equals(name))
        .findFirst();
  }

  @Override
  public Optional<TableSchema> table(int tableId) {
    return tables.stream().filter(t -> t.tableId() == tableId).findFirst();
  }

  @Override
  public Collection<TableSchema> tables() {
    return tables;
  }
}
