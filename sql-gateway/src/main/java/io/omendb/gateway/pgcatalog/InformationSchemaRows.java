package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.pgcatalog.PgCatalog.Filler;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.Map;

/** information_schema, of user tables. */
final class InformationSchemaRows {
  private static final int BITS = 2;
  private static final int DECIMAL = 10;
  private static final int OCTETS_MAX = 1_073_741_824;

  private InformationSchemaRows() {}

  static void register(Map<String, Filler> fillers) {
    fillers.put("information_schema.tables", InformationSchemaRows::tables);
    fillers.put("information_schema.columns", InformationSchemaRows::columns);
    fillers.put("information_schema.schemata", InformationSchemaRows::schemata);
    fillers.put("information_schema.table_constraints", InformationSchemaRows::constraints);
    fillers.put("information_schema.key_column_usage", InformationSchemaRows::keyColumns);
  }

  private static void tables(Rows rows, ExecutionContext context) {
    for (TableSchema table : CatalogRows.userTables(context)) {
      rows.add()
          .set("table_catalog", context.functions().database())
          .set("table_schema", table.namespace())
          .set("table_name", table.name())
          .set("table_type", "BASE TABLE")
          .set("is_insertable_into", "YES")
          .set("is_typed", "NO");
    }
  }

  private static void columns(Rows rows, ExecutionContext context) {
    for (TableSchema table : CatalogRows.userTables(context)) {
      for (int i = 0; i < table.columns().size(); i++) {
        Column column = table.columns().get(i);
        PgType type = PgTypes.forColumn(column.type());
        rows.add()
            .set("table_catalog", context.functions().database())
            .set("table_schema", table.namespace())
            .set("table_name", table.name())
            .set("column_name", column.name())
            .set("ordinal_position", i + 1)
            .set("column_default", column.defaultExpression())
            .set("is_nullable", column.nullable() ? "YES" : "NO")
            .set("data_type", type.sqlName())
            .set("udt_catalog", context.functions().database())
            .set("udt_schema", "pg_catalog")
            .set("udt_name", type.name())
            .set("dtd_identifier", Integer.toString(i + 1))
            .set("is_self_referencing", "NO")
            .set("is_identity", "NO")
            .set("identity_cycle", "NO")
            .set("is_generated", "NEVER")
            .set("is_updatable", "YES");
        measures(rows, column.type());
      }
    }
  }

  private static void measures(Rows rows, ColumnType type) {
    switch (type.kind()) {
      case SMALLINT -> number(rows, 16, BITS).set("numeric_scale", 0);
      case INTEGER -> number(rows, 32, BITS).set("numeric_scale", 0);
      case BIGINT -> number(rows, 64, BITS).set("numeric_scale", 0);
      case REAL -> number(rows, 24, BITS);
      case DOUBLE -> number(rows, 53, BITS);
      case NUMERIC -> {
        rows.set("numeric_precision_radix", DECIMAL);
        if (!type.equals(ColumnType.of(ColumnType.Kind.NUMERIC))) {
          rows.set("numeric_precision", type.precision()).set("numeric_scale", type.scale());
        }
      }
      case TEXT -> rows.set("character_octet_length", OCTETS_MAX);
      case VARCHAR, CHAR -> {
        if (type.length() == 0) {
          rows.set("character_octet_length", OCTETS_MAX);
        } else {
          rows.set("character_maximum_length", type.length())
              .set("character_octet_length", type.length() * 4L);
        }
      }
      case DATE -> rows.set("datetime_precision", 0);
      case TIME, TIMESTAMP, TIMESTAMPTZ -> rows.set("datetime_precision", 6);
      case BOOLEAN, BYTEA, UUID -> {}
    }
  }

  private static Rows number(Rows rows, int precision, int radix) {
    return rows.set("numeric_precision", precision).set("numeric_precision_radix", radix);
  }

  private static void schemata(Rows rows, ExecutionContext context) {
    for (String name : List.of("pg_catalog", "public", "information_schema")) {
      rows.add()
          .set("catalog_name", context.functions().database())
          .set("schema_name", name)
          .set("schema_owner", context.functions().user());
    }
  }

  private static void constraints(Rows rows, ExecutionContext context) {
    for (TableSchema table : CatalogRows.userTables(context)) {
      if (table.hasPrimaryKey()) {
        rows.add()
            .set("constraint_catalog", context.functions().database())
            .set("constraint_schema", table.namespace())
            .set("constraint_name", SystemOids.indexName(table))
            .set("table_catalog", context.functions().database())
            .set("table_schema", table.namespace())
            .set("table_name", table.name())
            .set("constraint_type", "PRIMARY KEY")
            .set("is_deferrable", "NO")
            .set("initially_deferred", "NO")
            .set("enforced", "YES");
      }
    }
  }

  private static void keyColumns(Rows rows, ExecutionContext context) {
    for (TableSchema table : CatalogRows.userTables(context)) {
      for (int i = 0; i < table.primaryKey().size(); i++) {
        rows.add()
            .set("constraint_catalog", context.functions().database())
            .set("constraint_schema", table.namespace())
            .set("constraint_name", SystemOids.indexName(table))
            .set("table_catalog", context.functions().database())
            .set("table_schema", table.namespace())
            .set("table_name", table.name())
            .set("column_name", table.columns().get(table.primaryKey().get(i)).name())
            .set("ordinal_position", i + 1);
      }
    }
  }
}
