package io.omendb.gateway.pgcatalog;

import io.omendb.jobs.table.TableSchema;

/** Oids of what has none of its own. Table ids are their own oids. */
final class SystemOids {
  static final long PG_CATALOG = 11;
  static final long PUBLIC = 2200;
  static final long INFORMATION_SCHEMA = 13_000;
  static final long OWNER = 10;
  static final long DATABASE = 16_000;
  static final long HEAP = 2;
  static final long BTREE = 403;
  static final long TABLESPACE = 1663;
  static final long DEFAULT_COLLATION = 100;
  static final long PG_CLASS = 1259;

  private static final long INDEX_BASE = 1_000_000_000L;
  private static final long CONSTRAINT_BASE = 1_500_000_000L;
  private static final long DEFAULT_BASE = 2_000_000_000L;
  private static final long COLUMNS_MAX = 2_000;

  private SystemOids() {}

  static long table(TableSchema table) {
    return table.tableId();
  }

  static long index(TableSchema table) {
    return INDEX_BASE + table.tableId();
  }

  static long constraint(TableSchema table) {
    return CONSTRAINT_BASE + table.tableId();
  }

  static long columnDefault(TableSchema table, int column) {
    return (DEFAULT_BASE + table.tableId() * COLUMNS_MAX + column) & 0xFFFF_FFFFL;
  }

  static long namespace(String name) {
    return switch (name) {
      case "pg_catalog" -> PG_CATALOG;
      case "information_schema" -> INFORMATION_SCHEMA;
      default -> PUBLIC;
    };
  }

  static String indexName(TableSchema table) {
    return table.primaryKeyName();
  }
}
