package io.omendb.bench.state;

import io.omendb.state.backend.LearnedKeyedStateBackend;
import io.omendb.state.store.StoreStatistics;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
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
  static final int KEY_GROUPS = 128;

  static final KeyGroupRange ALL_KEY_GROUPS = KeyGroupRange.of(0, KEY_GROUPS - 1);

  private static final List<String> BACKGROUND_WORK =
      List.of(
          "mem-table-flush-pending",
          "compaction-pending",
          "num-running-flushes",
          "num-running-compactions");

  private final BackendKind kind;
  private final Path directory;
  private final MockEnvironment environment;
  private final AbstractKeyedStateBackend<Object> backend;

  private final GaugeRecorder gauges = new GaugeRecorder();
  private final Map<String, Long> initialization = new LinkedHashMap<>();

  OpenBackend(BackendKind kind, StateBackendsOptions options) throws IOException {
    this(kind, options, ALL_KEY_GROUPS, List.of());
  }

  /** Restores what of {@code handles} is in {@code range}. */
  OpenBackend(
      BackendKind kind,
      StateBackendsOptions options,
      KeyGroupRange range,
      List<KeyedStateHandle> handles)
      throws IOException {
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
    kind.choose(configuration, options);
    List<KeyedStateHandle> assigned =
        handles.stream()
            .map(handle -> handle.getIntersection(range))
            .filter(Objects::nonNull)
            .toList();
    this.backend =
        kind.create(configuration)
            .createKeyedStateBackend(
                new KeyedStateBackendParametersImpl<>(
                    environment,
                    new JobID(),
                    "operator",
                    options.keySet().serializer(),
                    KEY_GROUPS,
                    range,
                    environment.getTaskKvStateRegistry(),
                    TtlTimeProvider.DEFAULT,
                    gauges,
                    initialization::put,
                    assigned,
                    new CloseableRegistry(),
                    1.0));
  }

  /** What the backend reported while it opened, such as the time of a download. */
  Map<String, Long> initialization() {
    return initialization;
  }

  /** The value of a numeric gauge of the backend's; 0 if it has none of that name. */
  long gauge(String name) {
    return gauges.number(name);
  }

  /** The name and length of each file. */
  Map<String, Long> files() throws IOException {
    Map<String, Long> lengths = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .map(Path::toFile)
          .filter(File::isFile)
          .forEach(file -> lengths.put(file.getPath(), file.length()));
    } catch (UncheckedIOException fileWentAway) {
      return files();
    }
    return lengths;
  }

  /** Flushes and compactions that RocksDB runs or has yet to run. */
  long backgroundWork() throws ReflectiveOperationException, RocksDBException {
    if (!(backend instanceof RocksDBKeyedStateBackend<Object>)) {
      return 0;
    }
    long work = 0;
    for (ColumnFamilyHandle family : families()) {
      for (String name : BACKGROUND_WORK) {
        work += database().getLongProperty(family, "rocksdb." + name);
      }
    }
    return work;
  }

  /** What RocksDB says of its own set-up; empty for other backends. */
  String effectiveOptions() throws ReflectiveOperationException, RocksDBException, IOException {
    return backend instanceof RocksDBKeyedStateBackend<Object>
        ? EffectiveOptions.of(database(), families(), directory)
        : "";
  }

  private RocksDB database() throws ReflectiveOperationException {
    Field field = RocksDBKeyedStateBackend.class.getDeclaredField("db");
    field.setAccessible(true);
    return (RocksDB) field.get(backend);
  }

  AbstractKeyedStateBackend<Object> keyed() {
    return backend;
  }

  /** Bytes of index and filter over all keys, where the backend has such. */
  String findingBytes() throws ReflectiveOperationException, RocksDBException {
    if (backend instanceof LearnedKeyedStateBackend<Object> learned) {
      StoreStatistics statistics = learned.storeStatistics();
      return "index=%d models=%d filters=%d entries=%d runs=%d kinds=%s"
          .formatted(
              statistics.indexBytes(),
              statistics.modelBytes(),
              statistics.filterBytes(),
              statistics.entryCount(),
              statistics.runCount(),
              statistics.indexKinds().toString().replace(" ", ""));
    }
    if (backend instanceof RocksDBKeyedStateBackend<Object>) {
      RocksDB db = database();
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
      return "index=%d models=0 filters=%d entries=%d runs=%d kinds=-"
          .formatted(index, filter, entries, files);
    }
    return "-";
  }

  private List<ColumnFamilyHandle> families() throws ReflectiveOperationException {
    Field field = RocksDBKeyedStateBackend.class.getDeclaredField("kvStateInformation");
    field.setAccessible(true);
    return ((Map<?, ?>) field.get(backend))
        .values().stream()
            .map(info -> ((RocksDBKeyedStateBackend.RocksDbKvStateInfo) info).columnFamilyHandle)
            .toList();
  }

  long diskBytes() throws IOException {
    return files().values().stream().mapToLong(Long::longValue).sum();
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
