package io.omendb.lake;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;

/**
 * The Iceberg catalog that holds a database's tables, each under an identifier made of its
 * namespace and name, whatever characters these have. Thread-safe; whoever opened it closes it.
 */
public interface LakeCatalog extends AutoCloseable {

  /**
   * Creates a table, or returns it where one of the same database and table id exists; a foreign
   * table of that name is an error.
   */
  LakeTable create(TableSpec spec);

  Optional<LakeTable> load(String namespace, String name);

  /**
   * Drops table and files; nothing happens where there is none. Throws, as all methods here do, a
   * {@link LakeException} with its reason.
   */
  void drop(String namespace, String name);

  @Override
  void close();

  /**
   * A table to be: {@code schema} has one top-level field per field of {@code rowType}, in order.
   * {@code formatVersion} is 3 (deletion vectors) or 2 (position deletes). Files go to {@code
   * databaseId/tableId} below the warehouse, so names are in no path, unless the catalog chooses
   * locations itself.
   */
  record TableSpec(
      String namespace,
      String name,
      String databaseId,
      int tableId,
      Schema schema,
      RowType rowType,
      int formatVersion,
      Map<String, String> properties) {}
}
