package io.omendb.bench.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TableProperties;

/**
 * How a RocksDB is really set up: from the options file that it writes into its directory, from its
 * cache's properties, and from the properties of its table files.
 */
final class EffectiveOptions {

  private static final Set<String> NAMES =
      Set.of(
          "block_size",
          "cache_index_and_filter_blocks",
          "compression",
          "compression_per_level",
          "data_block_index_type",
          "filter_policy",
          "format_version",
          "index_type",
          "max_background_jobs",
          "max_write_buffer_number",
          "memtable_prefix_bloom_size_ratio",
          "memtable_whole_key_filtering",
          "partition_filters",
          "pin_l0_filter_and_index_blocks_in_cache",
          "pin_top_level_index_and_filter",
          "write_buffer_size");

  private EffectiveOptions() {}

  static String of(RocksDB db, List<ColumnFamilyHandle> families, Path directory)
      throws RocksDBException, IOException {
    Set<String> settings = new TreeSet<>();
    for (Path file : optionFiles(directory)) {
      for (String line : Files.readAllLines(file)) {
        String[] sides = line.strip().split("=", 2);
        if (sides.length == 2 && NAMES.contains(sides[0])) {
          settings.add(sides[0] + "=" + sides[1]);
        }
      }
    }
    Set<String> tables = new TreeSet<>();
    for (ColumnFamilyHandle family : families) {
      for (TableProperties table : db.getPropertiesOfAllTables(family).values()) {
        tables.add(
            "filter of tables=%s compression of tables=%s"
                .formatted(table.getFilterPolicyName(), table.getCompressionName()));
      }
      settings.add(
          "cache capacity=%d used=%d pinned=%d"
              .formatted(
                  db.getLongProperty(family, "rocksdb.block-cache-capacity"),
                  db.getLongProperty(family, "rocksdb.block-cache-usage"),
                  db.getLongProperty(family, "rocksdb.block-cache-pinned-usage")));
    }
    settings.addAll(tables);
    return String.join("; ", settings);
  }

  private static List<Path> optionFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith("OPTIONS-"))
          .toList();
    }
  }
}
