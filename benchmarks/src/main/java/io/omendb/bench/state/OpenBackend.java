package io.omendb.bench.state;

import io.omendb.state.backend.LearnedKeyedStateBackend;
import io.omendb.state.store.StoreStatistics;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.runtime.taskmanager.TaskManagerRuntimeInfo;
import org.apache.flink.runtime.util.TestingTaskManagerRuntimeInfo;
import org.apache.flink.state.rocksdb.RocksDBKeyedStateBackend;
import org.apache.flink.util.IOUtils;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TableProperties;

/**
 * A keyed-state backend outside a job, in an environment whose managed memory is the budget. Owns
 * its working directory.
 */
final class OpenBackend implements AutoCloseable {

  /** Flink's default for jobs of low parallelism. */
  private static final int KEY_GROUPS = 128;

  private final BackendKind kind;
  private final Path directory;
  private final MockEnvironment environment;
  private final AbstractKeyedStateBackend<Object> backend;

  OpenBackend(BackendKind kind, StateBackendsOptions options) throws IOException {
    this.kind = kind;
    this.directory = Files.createTempDirectory(Path.of(options.directory()), "state-backends");
    Configuration configuration = new Configuration();
    TaskManagerRuntimeInfo info =
        new TestingTaskManagerRuntimeInfo(configuration, directory.toFile());
    this.environment =
        MockEnvironment.builder()
            .setManagedMemorySize(options.memoryBytes())
            .setTaskManagerRuntimeInfo(info)
            .build();
    this.backend =
        kind.create(configuration)
            .createKeyedStateBackend(
                new KeyedStateBackendParametersImpl<>(
                    environment,
                    new JobID(),
                    "operator",
                    options.keySet().serializer(),
                    KEY_GROUPS,
                    KeyGroupRange.of(0, KEY_GROUPS - 1),
                    environment.getTaskKvStateRegistry(),
                    TtlTimeProvider.DEFAULT,
                    new UnregisteredMetricsGroup(),
                    (name, value) -> {},
                    List.of(),
                    new CloseableRegistry(),
                    1.0));
  }

  AbstractKeyedStateBackend<Object> keyed() {
    return backend;
  }

  /** Bytes of index and filter over all keys, where the backend has such. */
  String findingBytes() throws ReflectiveOperationException, RocksDBException {
    if (backend instanceof LearnedKeyedStateBackend<Object> learned) {
      StoreStatistics statistics = learned.storeStatistics();
      return "index %d, models %d, filters %d bytes over %d entries in %d runs (%s)"
          .formatted(
              statistics.indexBytes(),
              statistics.modelBytes(),
              statistics.filterBytes(),
              statistics.entryCount(),
              statistics.runCount(),
              statistics.indexKinds());
    }
    if (backend instanceof RocksDBKeyedStateBackend<Object>) {
      Field field = RocksDBKeyedStateBackend.class.getDeclaredField("db");
      field.setAccessible(true);
      RocksDB db = (RocksDB) field.get(backend);
      long index = 0;
      long filter = 0;
      long entries = 0;
      int files = 0;
      for (ColumnFamilyHandle family : families()) {
        for (TableProperties table : db.getPropertiesOfAllTables(family).values()) {
          index += table.getIndexSize();
          filter += table.getFilterSize();
          entries += table.getNumEntries();
          files++;
        }
      }
      return "index %d, filters %d bytes over %d entries in %d files"
          .formatted(index, filter, entries, files);
    }
    return "-";
  }

  private List<ColumnFamilyHandle> families() throws ReflectiveOperationException {
    Field field = RocksDBKeyedStateBackend.class.getDeclaredField("kvStateInformation");
    field.setAccessible(true);
    return ((java.util.Map<?, ?>) field.get(backend))
        .values().stream()
            .map(info -> ((RocksDBKeyedStateBackend.RocksDbKvStateInfo) info).columnFamilyHandle)
            .toList();
  }

  long diskBytes() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.map(Path::toFile).filter(File::isFile).mapToLong(File::length).sum();
    } catch (UncheckedIOException fileWentAway) {
      return diskBytes();
    }
  }

  BackendKind kind() {
    return kind;
  }

  @Override
  public void close() throws IOException {
    backend.dispose();
    IOUtils.closeQuietly(environment);
    org.apache.flink.util.FileUtils.deleteDirectory(directory.toFile());
  }
}
