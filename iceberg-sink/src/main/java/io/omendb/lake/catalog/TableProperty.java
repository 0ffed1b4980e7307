package io.omendb.lake.catalog;

import io.omendb.lake.LakeCatalog.TableSpec;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;

/** The properties of a managed table: ours, and Iceberg's as this write pattern needs them. */
final class TableProperty {

  static final String DATABASE_ID = "omendb.database-id";

  static final String TABLE_ID = "omendb.table-id";

  /**
   * The row type as Flink's serializable string: Iceberg's schema alone does not tell SMALLINT from
   * INTEGER.
   */
  static final String ROW_TYPE = "omendb.row-type";

  /** The table's namespace and name in SQL, whole and as they are. */
  static final String NAMESPACE = "omendb.namespace";

  static final String NAME = "omendb.name";

  private TableProperty() {}

  /**
   * Frequent small commits fill a table with metadata: 400 of them leave 92 MB with Iceberg's
   * defaults. Deletes and updates are announced as merge-on-read, so that other engines keep to it.
   */
  static Map<String, String> of(TableSpec spec) {
    Map<String, String> properties = new HashMap<>();
    properties.put(TableProperties.PARQUET_COMPRESSION, "zstd");
    properties.put(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true");
    properties.put(TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "5");
    properties.put(TableProperties.METADATA_COMPRESSION, "gzip");
    properties.put(TableProperties.DELETE_MODE, "merge-on-read");
    properties.put(TableProperties.UPDATE_MODE, "merge-on-read");
    properties.put(TableProperties.MERGE_MODE, "merge-on-read");
    properties.putAll(spec.properties());
    properties.put(TableProperties.FORMAT_VERSION, Integer.toString(spec.formatVersion()));
    properties.put(NAMESPACE, spec.namespace());
    properties.put(NAME, spec.name());
    properties.put(DATABASE_ID, spec.databaseId());
    properties.put(TABLE_ID, Integer.toString(spec.tableId()));
    properties.put(ROW_TYPE, spec.rowType().asSerializableString());
    return properties;
  }

  static RowType rowType(Table table) {
    return (RowType)
        LogicalTypeParser.parse(
            table.properties().get(ROW_TYPE), TableProperty.class.getClassLoader());
  }
}
