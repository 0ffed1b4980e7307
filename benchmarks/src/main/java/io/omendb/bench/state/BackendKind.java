package io.omendb.bench.state;

import io.omendb.state.backend.LearnedStateBackend;
import java.util.Locale;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.rocksdb.CompressionType;

/** The backends and how they are set up. All but the heap's take the same managed memory. */
enum BackendKind {
  /** Ours with its defaults. */
  LEARNED {
    @Override
    AbstractStateBackend create(Configuration configuration) {
      return new LearnedStateBackend().configure(configuration, BackendKind.class.getClassLoader());
    }
  },
  /**
   * RocksDB for reads from memory: Bloom filters, partitioned index and filters, hash indexes in
   * blocks, no compression unless asked, write buffers as large as its share of the memory allows,
   * two background threads.
   */
  ROCKSDB_TUNED {
    @Override
    AbstractStateBackend create(Configuration configuration) {
      configuration.set(RocksDBConfigurableOptions.USE_BLOOM_FILTER, true);
      configuration.set(RocksDBConfigurableOptions.BLOOM_FILTER_BITS_PER_KEY, 10.0);
      configuration.set(RocksDBConfigurableOptions.BLOOM_FILTER_BLOCK_BASED_MODE, false);
      configuration.set(RocksDBOptions.USE_PARTITIONED_INDEX_FILTERS, true);
      configuration.set(RocksDBConfigurableOptions.MAX_BACKGROUND_THREADS, 2);
      configuration.set(RocksDBOptions.WRITE_BUFFER_RATIO, 0.25);
      configuration.set(RocksDBConfigurableOptions.WRITE_BUFFER_SIZE, MemorySize.ofMebiBytes(64));
      configuration.set(RocksDBConfigurableOptions.MAX_WRITE_BUFFER_NUMBER, 4);
      configuration.set(RocksDBOptions.OPTIONS_FACTORY, TunedRocksDb.class.getName());
      return rocksDb(configuration);
    }

    @Override
    void choose(Configuration configuration, StateBackendsOptions options) {
      CompressionType compression =
          switch (options.compression()) {
            case "none" -> CompressionType.NO_COMPRESSION;
            case "lz4" -> CompressionType.LZ4_COMPRESSION;
            case "snappy" -> CompressionType.SNAPPY_COMPRESSION;
            case "zstd" -> CompressionType.ZSTD_COMPRESSION;
            default ->
                throw new IllegalArgumentException(
                    "expected none, lz4, snappy or zstd, got " + options.compression());
          };
      configuration.set(
          RocksDBConfigurableOptions.COMPRESSION_PER_LEVEL, java.util.List.of(compression));
    }
  },
  /** RocksDB as Flink configures it. */
  ROCKSDB_DEFAULT {
    @Override
    AbstractStateBackend create(Configuration configuration) {
      return rocksDb(configuration);
    }
  },
  /** Objects on the Java heap. */
  HEAP {
    @Override
    AbstractStateBackend create(Configuration configuration) {
      return new HashMapStateBackend();
    }
  };

  abstract AbstractStateBackend create(Configuration configuration);

  /** Sets what the caller chose for this kind. */
  void choose(Configuration configuration, StateBackendsOptions options) {}

  private static AbstractStateBackend rocksDb(Configuration configuration) {
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    return new EmbeddedRocksDBStateBackend(true)
        .configure(configuration, BackendKind.class.getClassLoader());
  }

  static BackendKind of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
