package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.SystemRelation;
import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.gateway.sql.statement.SystemTables;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.serve.LakeTableState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All system tables. Their names, oids and columns are PostgreSQL 15's, and in schema omendb our
 * own, read from a resource with one line per table: {@code schema.table oid column:type ...}. A
 * table that nothing here fills is empty. Immutable.
 */
public final class PgCatalog implements SystemTables {
  private static final String RESOURCE = "system-tables.txt";

  private final Map<String, SystemTable> tables;

  private PgCatalog(Map<String, SystemTable> tables) {
    this.tables = Collections.unmodifiableMap(tables);
  }

  /** {@code settings} are the rows of pg_settings, {@code lake} those of omendb.lake_tables. */
  public static PgCatalog create(List<SettingInfo> settings, Supplier<List<LakeTableState>> lake) {
    Map<String, SystemTable> tables = new LinkedHashMap<>();
    PgCatalog catalog = new PgCatalog(tables);
    Map<String, Filler> fillers = new LinkedHashMap<>();
    CatalogRows.register(fillers, tables.values());
    ServerRows.register(fillers, settings);
    InformationSchemaRows.register(fillers);
    LakeRows.register(fillers, lake);
    for (String line : lines()) {
      String[] parts = line.split(" ");
      Relation relation = relation(parts, fillers.remove(parts[0]));
      tables.put(parts[0], relation);
    }
    if (!fillers.isEmpty()) {
      throw new IllegalStateException("no such system tables: " + fillers.keySet());
    }
    return catalog;
  }

  private static List<String> lines() {
    try (InputStream in = PgCatalog.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource %s is missing".formatted(RESOURCE));
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Relation relation(String[] parts, @Nullable Filler filler) {
    int point = parts[0].indexOf('.');
    List<SystemTable.SystemColumn> columns = new ArrayList<>();
    for (int i = 2; i < parts.length; i++) {
      int colon = parts[i].indexOf(':');
      columns.add(
          new SystemTable.SystemColumn(
              parts[i].substring(0, colon), type(parts[i].substring(colon + 1))));
    }
    return new Relation(
        parts[0].substring(0, point),
        parts[0].substring(point + 1),
        Integer.parseInt(parts[1]),
        List.copyOf(columns),
        filler);
  }

  /** Types that we lack (aclitem, anyarray, inet) are shown as text. */
  private static PgType type(String name) {
    if (name.equals("char")) {
      return PgTypes.CHAR;
    }
    PgType type = PgTypes.byName(name);
    return type == null ? PgTypes.TEXT : type;
  }

  @Override
  public Optional<SystemTable> table(String namespace, String name) {
    return Optional.ofNullable(tables.get(namespace + "." + name));
  }

  @Override
  public Collection<SystemTable> tables() {
    return tables.values();
  }

  /** Makes the rows of one table. */
  @FunctionalInterface
  interface Filler {
    void fill(Rows rows, ExecutionContext context);
  }

  private record Relation(
      String namespace, String name, int oid, List<SystemColumn> columns, @Nullable Filler filler)
      implements SystemRelation {

    @Override
    public Iterable<@Nullable Object[]> rows(ExecutionContext context) {
      Rows rows = new Rows(columns);
      if (filler != null) {
        filler.fill(rows, context);
      }
      return rows.list();
    }
  }
}
