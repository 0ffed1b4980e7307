package io.omendb.lake.write;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.Schema;
import org.apache.iceberg.avro.AvroSchemaUtil;
import org.apache.iceberg.types.Types;

/**
 * Names of a data file's columns. Iceberg finds columns by field id but spells their names in
 * letters, digits and underscores, so {@code "a b"} and {@code a_x20b}, or {@code "1a"} and {@code
 * _1a}, would be two columns of one name, and whoever looks a column up by its path would read one
 * for the other. Here the second gets its field id appended until it is alone.
 */
final class FileColumns {

  private FileColumns() {}

  /** The same columns, with names that differ as Parquet spells them. */
  static Schema of(Schema schema) {
    Set<String> taken = new HashSet<>();
    List<Types.NestedField> columns = new ArrayList<>();
    for (Types.NestedField column : schema.columns()) {
      String name = AvroSchemaUtil.makeCompatibleName(column.name());
      while (!taken.add(name)) {
        name = name + "_" + column.fieldId();
      }
      columns.add(Types.NestedField.from(column).withName(name).build());
    }
    return new Schema(columns);
  }
}
