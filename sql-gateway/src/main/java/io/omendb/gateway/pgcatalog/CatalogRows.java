package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.pgcatalog.PgCatalog.Filler;
import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableSchema;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The system tables that describe tables: pg_class, pg_attribute, pg_index and their kin. */
final class CatalogRows {
  private final Collection<SystemTable> systemTables;

  private CatalogRows(Collection<SystemTable> systemTables) {
    this.systemTables = systemTables;
  }

  static void register(Map<String, Filler> fillers, Collection<SystemTable> systemTables) {
    CatalogRows catalog = new CatalogRows(systemTables);
    fillers.put("pg_catalog.pg_class", catalog::classes);
    fillers.put("pg_catalog.pg_attribute", catalog::attributes);
    fillers.put("pg_catalog.pg_index", CatalogRows::indexes);
    fillers.put("pg_catalog.pg_constraint", CatalogRows::constraints);
    fillers.put("pg_catalog.pg_attrdef", CatalogRows::defaults);
    fillers.put("pg_catalog.pg_tables", CatalogRows::tables);
    fillers.put("pg_catalog.pg_indexes", CatalogRows::indexNames);
  }

  static List<TableSchema> userTables(ExecutionContext context) {
    return context.transaction().catalog().tables().stream()
        .sorted(Comparator.comparing(TableSchema::tableId))
        .toList();
  }

  private void classes(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      relation(
          rows,
          SystemOids.table(table),
          table.name(),
          SystemOids.namespace(table.namespace()),
          "r",
          table.columns().size(),
          SystemOids.HEAP,
          table.hasPrimaryKey());
      if (table.hasPrimaryKey()) {
        relation(
            rows,
            SystemOids.index(table),
            SystemOids.indexName(table),
            SystemOids.namespace(table.namespace()),
            "i",
            table.primaryKey().size(),
            SystemOids.BTREE,
            false);
      }
    }
    for (SystemTable table : systemTables) {
      boolean view = !table.namespace().equals("pg_catalog") || isView(table.name());
      relation(
          rows,
          table.oid(),
          table.name(),
          SystemOids.namespace(table.namespace()),
          view ? "v" : "r",
          table.columns().size(),
          view ? 0 : SystemOids.HEAP,
          false);
    }
  }

  private static boolean isView(String name) {
    return switch (name) {
      case "pg_tables",
          "pg_views",
          "pg_indexes",
          "pg_matviews",
          "pg_roles",
          "pg_user",
          "pg_shadow",
          "pg_group",
          "pg_settings",
          "pg_sequences",
          "pg_stat_activity",
          "pg_stat_user_tables",
          "pg_locks",
          "pg_cursors",
          "pg_prepared_statements",
          "pg_seclabels",
          "pg_timezone_names" ->
          true;
      default -> false;
    };
  }

  private static void relation(
      Rows rows,
      long oid,
      String name,
      long namespace,
      String kind,
      int columns,
      long accessMethod,
      boolean hasIndex) {
    rows.add()
        .set("oid", oid)
        .set("relname", name)
        .set("relnamespace", namespace)
        .set("reltype", 0)
        .set("reloftype", 0)
        .set("relowner", SystemOids.OWNER)
        .set("relam", accessMethod)
        .set("relfilenode", oid)
        .set("reltablespace", 0)
        .set("relpages", 0)
        .set("reltuples", -1)
        .set("relallvisible", 0)
        .set("reltoastrelid", 0)
        .set("relhasindex", hasIndex)
        .set("relisshared", false)
        .set("relpersistence", "p")
        .set("relkind", kind)
        .set("relnatts", columns)
        .set("relchecks", 0)
        .set("relhasrules", false)
        .set("relhastriggers", false)
        .set("relhassubclass", false)
        .set("relrowsecurity", false)
        .set("relforcerowsecurity", false)
        .set("relispopulated", true)
        .set("relreplident", "d")
        .set("relispartition", false)
        .set("relrewrite", 0);
  }

  private void attributes(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      List<Column> columns = table.columns();
      for (int i = 0; i < columns.size(); i++) {
        attribute(rows, SystemOids.table(table), columns.get(i), i + 1);
      }
      for (int i = 0; i < table.primaryKey().size(); i++) {
        Column column = columns.get(table.primaryKey().get(i));
        attribute(rows, SystemOids.index(table), column, i + 1);
      }
    }
    for (SystemTable table : systemTables) {
      for (int i = 0; i < table.columns().size(); i++) {
        SystemTable.SystemColumn column = table.columns().get(i);
        attribute(rows, table.oid(), column.name(), column.type(), -1, i + 1, false, false);
      }
    }
  }

  private static void attribute(Rows rows, long relation, Column column, int number) {
    attribute(
        rows,
        relation,
        column.name(),
        PgTypes.forColumn(column.type()),
        PgTypes.typeModifier(column.type()),
        number,
        !column.nullable(),
        column.defaultExpression() != null);
  }

  private static void attribute(
      Rows rows,
      long relation,
      String name,
      PgType type,
      int modifier,
      int number,
      boolean notNull,
      boolean hasDefault) {
    rows.add()
        .set("attrelid", relation)
        .set("attname", name)
        .set("atttypid", type.oid())
        .set("attstattarget", -1)
        .set("attlen", type.lengthBytes())
        .set("attnum", number)
        .set("attndims", type.category() == 'A' ? 1 : 0)
        .set("attcacheoff", -1)
        .set("atttypmod", modifier)
        .set("attbyval", type.lengthBytes() > 0 && type.lengthBytes() <= 8)
        .set("attalign", "i")
        .set("attstorage", type.lengthBytes() < 0 ? "x" : "p")
        .set("attcompression", "")
        .set("attnotnull", notNull)
        .set("atthasdef", hasDefault)
        .set("atthasmissing", false)
        .set("attidentity", "")
        .set("attgenerated", "")
        .set("attisdropped", false)
        .set("attislocal", true)
        .set("attinhcount", 0)
        .set("attcollation", type.category() == 'S' ? SystemOids.DEFAULT_COLLATION : 0);
  }

  private static List<Object> keyNumbers(TableSchema table) {
    return table.primaryKey().stream().map(i -> (Object) (short) (i + 1)).toList();
  }

  private static List<Object> repeated(TableSchema table, Object value) {
    return table.primaryKey().stream().map(i -> value).toList();
  }

  private static void indexes(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      if (!table.hasPrimaryKey()) {
        continue;
      }
      int columns = table.primaryKey().size();
      rows.add()
          .set("indexrelid", SystemOids.index(table))
          .set("indrelid", SystemOids.table(table))
          .set("indnatts", columns)
          .set("indnkeyatts", columns)
          .set("indisunique", true)
          .set("indnullsnotdistinct", false)
          .set("indisprimary", true)
          .set("indisexclusion", false)
          .set("indimmediate", true)
          .set("indisclustered", false)
          .set("indisvalid", true)
          .set("indcheckxmin", false)
          .set("indisready", true)
          .set("indislive", true)
          .set("indisreplident", false)
          .set("indkey", keyNumbers(table))
          .set("indcollation", repeated(table, 0L))
          .set("indclass", repeated(table, 0L))
          .set("indoption", repeated(table, (short) 0));
    }
  }

  private static void constraints(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      if (!table.hasPrimaryKey()) {
        continue;
      }
      rows.add()
          .set("oid", SystemOids.constraint(table))
          .set("conname", SystemOids.indexName(table))
          .set("connamespace", SystemOids.namespace(table.namespace()))
          .set("contype", "p")
          .set("condeferrable", false)
          .set("condeferred", false)
          .set("convalidated", true)
          .set("conrelid", SystemOids.table(table))
          .set("contypid", 0)
          .set("conindid", SystemOids.index(table))
          .set("conparentid", 0)
          .set("confrelid", 0)
          .set("confupdtype", " ")
          .set("confdeltype", " ")
          .set("confmatchtype", " ")
          .set("conislocal", true)
          .set("coninhcount", 0)
          .set("connoinherit", true)
          .set("conkey", keyNumbers(table));
    }
  }

  private static void defaults(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      for (int i = 0; i < table.columns().size(); i++) {
        String expression = table.columns().get(i).defaultExpression();
        if (expression != null) {
          rows.add()
              .set("oid", SystemOids.columnDefault(table, i))
              .set("adrelid", SystemOids.table(table))
              .set("adnum", i + 1)
              .set("adbin", expression);
        }
      }
    }
  }

  private static void tables(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      rows.add()
          .set("schemaname", table.namespace())
          .set("tablename", table.name())
          .set("tableowner", context.functions().user())
          .set("hasindexes", table.hasPrimaryKey())
          .set("hasrules", false)
          .set("hastriggers", false)
          .set("rowsecurity", false);
    }
  }

  private static void indexNames(Rows rows, ExecutionContext context) {
    for (TableSchema table : userTables(context)) {
      if (table.hasPrimaryKey()) {
        rows.add()
            .set("schemaname", table.namespace())
            .set("tablename", table.name())
            .set("indexname", SystemOids.indexName(table))
            .set("indexdef", CatalogLookups.indexDefinition(table, 0));
      }
    }
  }
}
