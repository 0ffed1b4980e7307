package io.omendb.gateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;
import org.awaitility.Awaitility;

/** Looks at the lake as any other engine would: with Iceberg's own library and none of ours. */
public final class IcebergReads {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private IcebergReads() {}

  public static Table load(Path lakeDirectory, String table) {
    Catalog catalog =
        CatalogUtil.buildIcebergCatalog(
            "omendb",
            Map.of(
                "type",
                "jdbc",
                "uri",
                "jdbc:sqlite:" + lakeDirectory.resolve("catalog.db"),
                "jdbc.schema-version",
                "V1",
                "warehouse",
                lakeDirectory.resolve("warehouse").toUri().toString()),
            new Configuration());
    return catalog.loadTable(TableIdentifier.parse(table));
  }

  /** As {@link #load}, of a table that will soon be in the lake. */
  public static Table awaitTable(Path lakeDirectory, String table) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(NoSuchTableException.class)
        .until(() -> load(lakeDirectory, table), loaded -> true);
  }

  /** All live rows of the newest snapshot. */
  public static List<Record> rows(Table table) {
    List<Record> rows = new ArrayList<>();
    try (CloseableIterable<Record> read = IcebergGenerics.read(table).build()) {
      read.forEach(rows::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  /** The CSN that the newest snapshot is the state of; -1 without one. */
  public static long csn(Table table) {
    table.refresh();
    Snapshot snapshot = table.currentSnapshot();
    return snapshot == null
        ? -1
        : Long.parseLong(snapshot.summary().getOrDefault("omendb.csn", "-1"));
  }

  /** Equality delete files that any retained snapshot ever added. */
  public static List<String> equalityDeletes(Table table) {
    return addedDeletes(table).stream()
        .filter(file -> file.content() == FileContent.EQUALITY_DELETES)
        .map(DeleteFile::location)
        .toList();
  }

  /** Delete files of all kinds that any retained snapshot ever added. */
  @SuppressWarnings("deprecation") // The replacement needs classes of Iceberg's core.
  public static List<DeleteFile> addedDeletes(Table table) {
    List<DeleteFile> found = new ArrayList<>();
    for (Snapshot snapshot : table.snapshots()) {
      snapshot.addedDeleteFiles(table.io()).forEach(found::add);
    }
    return found;
  }
}
