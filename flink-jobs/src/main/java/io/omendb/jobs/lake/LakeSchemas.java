package io.omendb.jobs.lake;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeCatalog.TableSpec;
import io.omendb.lake.catalog.LakeNames;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * How the lake shows our tables: field ids are column ids, identifier fields are the primary key.
 * Floating-point columns may not identify rows in Iceberg, so a key with one leaves them unnamed.
 */
public final class LakeSchemas {
  /** Table option that asks for another format version than 3. */
  public static final String FORMAT_VERSION_OPTION = "format_version";

  private static final int FORMAT_VERSION_DEFAULT = 3;

  private LakeSchemas() {}

  /** The lake's name of a table, which holds no odd characters: for logs and for people. */
  public static String identifier(TableSchema table) {
    return identifier(table.namespace(), table.name());
  }

  static String identifier(String namespace, String name) {
    return LakeNames.identifier(namespace, name).toString();
  }

  public static TableSpec spec(String databaseId, TableSchema table) {
    return new TableSpec(
        table.namespace(),
        table.name(),
        databaseId,
        table.tableId(),
        schema(table),
        table.rowType(),
        formatVersion(table),
        Map.of());
  }

  /** 3 (deletion vectors), or 2 (position deletes) where the table's options ask for it. */
  public static int formatVersion(TableSchema table) {
    String option = table.options().get(FORMAT_VERSION_OPTION);
    return option == null ? FORMAT_VERSION_DEFAULT : checkFormatVersion(option);
  }

  /** The version that an option's value names; INVALID_PARAMETER_VALUE where there is none. */
  public static int checkFormatVersion(String option) {
    return switch (option.strip()) {
      case "2" -> 2;
      case "3" -> 3;
      default ->
          throw new OmenException(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "%s must be 2 or 3, got \"%s\"".formatted(FORMAT_VERSION_OPTION, option));
    };
  }

  public static Schema schema(TableSchema table) {
    Set<Integer> identifiers = identifierIds(table);
    List<Types.NestedField> fields = new ArrayList<>();
    for (Column column : table.columns()) {
      boolean required = !column.nullable() || identifiers.contains(column.id());
      fields.add(
          Types.NestedField.builder()
              .withId(column.id())
              .withName(column.name())
              .ofType(type(column.type()))
              .isOptional(!required)
              .build());
    }
    return new Schema(fields, identifiers);
  }

  private static Set<Integer> identifierIds(TableSchema table) {
    Set<Integer> ids = new HashSet<>();
    for (int index : table.primaryKey()) {
      Column column = table.columns().get(index);
      if (column.type().kind() == ColumnType.Kind.REAL
          || column.type().kind() == ColumnType.Kind.DOUBLE) {
        return Set.of();
      }
      ids.add(column.id());
    }
    return ids;
  }

  private static Type type(ColumnType type) {
    return switch (type.kind()) {
      case BOOLEAN -> Types.BooleanType.get();
      case SMALLINT, INTEGER -> Types.IntegerType.get();
      case BIGINT, TIME -> Types.LongType.get();
      case REAL -> Types.FloatType.get();
      case DOUBLE -> Types.DoubleType.get();
      case NUMERIC -> Types.DecimalType.of(type.precision(), type.scale());
      case TEXT, VARCHAR, CHAR -> Types.StringType.get();
      case DATE -> Types.DateType.get();
      case TIMESTAMP -> Types.TimestampType.withoutZone();
      case TIMESTAMPTZ -> Types.TimestampType.withZone();
      case BYTEA -> Types.BinaryType.get();
      case UUID -> Types.UUIDType.get();
    };
  }
}
