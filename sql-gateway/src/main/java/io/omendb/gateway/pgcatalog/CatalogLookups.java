package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers functions' questions on relations from one catalog. */
public record CatalogLookups(Catalog catalog, PgCatalog system) implements CatalogLookup {

  @Override
  public @Nullable Long relationOid(@Nullable String namespace, String name) {
    for (String in : namespace == null ? List.of("pg_catalog", "public") : List.of(namespace)) {
      Optional<SystemTable> systemTable = system.table(in, name);
      if (systemTable.isPresent()) {
        return (long) systemTable.get().oid();
      }
      Optional<TableSchema> table = catalog.table(in, name);
      if (table.isPresent()) {
        return SystemOids.table(table.get());
      }
      for (TableSchema candidate : catalog.tables()) {
        if (candidate.hasPrimaryKey()
            && candidate.namespace().equals(in)
            && SystemOids.indexName(candidate).equals(name)) {
          return SystemOids.index(candidate);
        }
      }
    }
    return null;
  }

  @Override
  public @Nullable String relationName(long oid) {
    Optional<TableSchema> table = catalog.table((int) oid);
    if (table.isPresent()) {
      return quoted(table.get().name());
    }
    for (TableSchema candidate : catalog.tables()) {
      if (candidate.hasPrimaryKey() && SystemOids.index(candidate) == oid) {
        return quoted(SystemOids.indexName(candidate));
      }
    }
    for (SystemTable candidate : system.tables()) {
      if (candidate.oid() == oid) {
        return candidate.namespace().equals("pg_catalog")
            ? candidate.name()
            : candidate.namespace() + "." + candidate.name();
      }
    }
    return null;
  }

  @Override
  public @Nullable String indexDefinition(long oid, int column) {
    for (TableSchema table : catalog.tables()) {
      if (table.hasPrimaryKey() && SystemOids.index(table) == oid) {
        return indexDefinition(table, column);
      }
    }
    return null;
  }

  static @Nullable String indexDefinition(TableSchema table, int column) {
    if (column > table.primaryKey().size()) {
      return null;
    }
    if (column > 0) {
      return quoted(table.columns().get(table.primaryKey().get(column - 1)).name());
    }
    return "CREATE UNIQUE INDEX %s ON %s.%s USING btree (%s)"
        .formatted(
            quoted(SystemOids.indexName(table)),
            quoted(table.namespace()),
            quoted(table.name()),
            keyColumns(table));
  }

  private static String keyColumns(TableSchema table) {
    return table.primaryKey().stream()
        .map(i -> quoted(table.columns().get(i).name()))
        .collect(Collectors.joining(", "));
  }

  @Override
  public @Nullable String constraintDefinition(long oid) {
    for (TableSchema table : catalog.tables()) {
      if (table.hasPrimaryKey() && SystemOids.constraint(table) == oid) {
        return "PRIMARY KEY (%s)".formatted(keyColumns(table));
      }
    }
    return null;
  }

  @Override
  public @Nullable Long namespaceOid(String name) {
    return switch (name) {
      case "pg_catalog", "public", "information_schema", "omendb" -> SystemOids.namespace(name);
      default -> null;
    };
  }

  /** An identifier as SQL needs it written. */
  private static String quoted(String name) {
    return name.matches("[a-z_][a-z0-9_$]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }
}
