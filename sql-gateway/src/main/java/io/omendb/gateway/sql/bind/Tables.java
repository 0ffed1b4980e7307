package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.gateway.sql.statement.SystemTables;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds tables by name along the search path, pg_catalog first as PostgreSQL has it. */
final class Tables {
  private static final Set<String> NAMESPACES =
      Set.of("public", "pg_catalog", "information_schema", "omendb");

  private final Catalog catalog;
  private final SystemTables system;
  private final List<String> searchPath;
  private final String database;

  Tables(Catalog catalog, SystemTables system, List<String> searchPath, String database) {
    this.catalog = catalog;
    this.system = system;
    this.searchPath = searchPath;
    this.database = database;
  }

  /** Null where it is no stored table. */
  @Nullable TableSchema find(List<String> names) {
    String name = names.get(names.size() - 1);
    if (names.size() > 1) {
      return rightDatabase(names)
          ? catalog.table(names.get(names.size() - 2), name).orElse(null)
          : null;
    }
    if (system.table("pg_catalog", name).isPresent() && !searchPath.contains("pg_catalog")) {
      return null;
    }
    for (String namespace : searchPath) {
      Optional<TableSchema> table = catalog.table(namespace, name);
      if (table.isPresent()) {
        return table.get();
      }
    }
    return null;
  }

  private boolean rightDatabase(List<String> names) {
    return names.size() == 2 || (names.size() == 3 && names.get(0).equals(database));
  }

  Optional<SystemTable> findSystem(List<String> names) {
    String name = names.get(names.size() - 1);
    if (names.size() > 1) {
      return rightDatabase(names)
          ? system.table(names.get(names.size() - 2), name)
          : Optional.empty();
    }
    Optional<SystemTable> table = system.table("pg_catalog", name);
    return table.isPresent() || !searchPath.contains("information_schema")
        ? table
        : system.table("information_schema", name);
  }

  /** The key's column indexes; empty for a table without a key and for system tables. */
  List<Integer> primaryKey(int tableId) {
    return catalog.table(tableId).map(TableSchema::primaryKey).orElse(List.of());
  }

  /** A stored table by name; 42P01, or 42809 for a system table. */
  TableSchema require(List<String> names, int position) {
    TableSchema table = find(names);
    if (table != null) {
      return table;
    }
    if (findSystem(names).isPresent()) {
      throw BindErrors.error(
          ErrorCode.WRONG_OBJECT_TYPE,
          "\"%s\" is a system catalog".formatted(names.get(names.size() - 1)),
          position);
    }
    throw undefined(names, position);
  }

  /** The namespace that a new table gets. */
  String creationNamespace(List<String> names, int position) {
    if (names.size() == 1) {
      for (String namespace : searchPath) {
        if (namespace.equals("public")) {
          return namespace;
        }
      }
      throw BindErrors.error(
          ErrorCode.INVALID_SCHEMA_NAME, "no schema has been selected to create in", position);
    }
    String namespace = names.get(names.size() - 2);
    if (!NAMESPACES.contains(namespace)) {
      throw undefinedSchema(namespace, position);
    }
    if (!namespace.equals("public")) {
      throw BindErrors.error(
          ErrorCode.WRONG_OBJECT_TYPE,
          "permission denied: system schema \"%s\"".formatted(namespace),
          position);
    }
    return namespace;
  }

  private static RuntimeException undefinedSchema(String namespace, int position) {
    return BindErrors.error(
        ErrorCode.INVALID_SCHEMA_NAME,
        "schema \"%s\" does not exist".formatted(namespace),
        position);
  }

  RuntimeException undefined(List<String> names, int position) {
    if (names.size() == 3 && !names.get(0).equals(database)) {
      return BindErrors.notSupported(
          "a cross-database reference: \"%s\"".formatted(String.join(".", names)), position);
    }
    return BindErrors.undefinedTable(String.join(".", names), position);
  }
}
