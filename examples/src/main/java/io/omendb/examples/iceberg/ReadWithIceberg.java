package io.omendb.examples.iceberg;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Reads a table with Iceberg's own library and nothing of OmenDB's: counts rows and adds up one
 * numeric column. Takes the lake directory ({@code DATA/lake}), the table ({@code public.orders})
 * and the column.
 */
public final class ReadWithIceberg {
  private ReadWithIceberg() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: ReadWithIceberg LAKE_DIRECTORY NAMESPACE.TABLE NUMERIC_COLUMN");
      System.exit(2);
    }
    Path lake = Path.of(arguments[0]).toAbsolutePath();
    Map<String, String> properties = new HashMap<>();
    properties.put("type", "jdbc");
    properties.put("uri", "jdbc:sqlite:" + lake.resolve("catalog.db"));
    properties.put("jdbc.schema-version", "V1");
    properties.put("warehouse", lake.resolve("warehouse").toUri().toString());
    Catalog catalog = CatalogUtil.buildIcebergCatalog("omendb", properties, new Configuration());
    Table table = catalog.loadTable(TableIdentifier.parse(arguments[1]));
    Snapshot snapshot = table.currentSnapshot();
    if (snapshot == null) {
      System.out.println("csn=-1 rows=0 sum=0");
      return;
    }
    long rowCount = 0;
    BigDecimal sum = BigDecimal.ZERO;
    try (CloseableIterable<Record> rows =
        IcebergGenerics.read(table).select(arguments[2]).build()) {
      for (Record row : rows) {
        rowCount++;
        Object value = row.getField(arguments[2]);
        if (value != null) {
          sum = sum.add(new BigDecimal(value.toString()));
        }
      }
    }
    System.out.printf(
        "csn=%s rows=%d sum=%s%n", snapshot.summary().get("omendb.csn"), rowCount, sum);
  }
}
