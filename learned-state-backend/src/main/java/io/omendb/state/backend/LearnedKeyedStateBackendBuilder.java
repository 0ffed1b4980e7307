package io.omendb.state.backend;

import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.memory.ManagedMemory;
import io.omendb.state.backend.restore.CanonicalRestore;
import io.omendb.state.backend.restore.ImageRestore;
import io.omendb.state.backend.restore.RestoreCounts;
import io.omendb.state.backend.restore.RestoredBackend;
import io.omendb.state.backend.snapshot.UploadedRuns;
import io.omendb.state.store.ArenaAllocator;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.AbstractKeyedStateBackendBuilder;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.InternalKeyContext;
import org.apache.flink.runtime.state.InternalKeyContextImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.SavepointKeyedStateHandle;
import org.apache.flink.runtime.state.StateBackend.KeyedStateBackendParameters;
import org.apache.flink.runtime.state.StreamCompressionDecorator;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FileUtils;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/** Builds a backend in a fresh working directory, empty or from state handles. */
final class LearnedKeyedStateBackendBuilder<K> extends AbstractKeyedStateBackendBuilder<K> {

  private final Path directory;
  private final LearnedOptions backendOptions;
  private final StoreOptions options;
  private final @Nullable ManagedMemory memory;
  private final LocalRecoveryConfig localRecovery;
  private final RestoreCounts restoreCounts = new RestoreCounts();

  /** What a backend is made of. */
  record Parts<K>(
      TaskKvStateRegistry kvStateRegistry,
      TypeSerializer<K> keySerializer,
      ClassLoader userCodeClassLoader,
      ExecutionConfig executionConfig,
      TtlTimeProvider ttlTimeProvider,
      LatencyTrackingStateConfig latencyTracking,
      SizeTrackingStateConfig sizeTracking,
      CloseableRegistry cancelStreamRegistry,
      StreamCompressionDecorator compression,
      InternalKeyContext<K> keyContext,
      UUID backendId,
      Path directory,
      @Nullable ManagedMemory memory,
      UploadedRuns uploadedRuns,
      RestoredBackend restored,
      LearnedOptions options,
      LocalRecoveryConfig localRecovery,
      RestoreCounts restoreCounts) {}

  LearnedKeyedStateBackendBuilder(
      KeyedStateBackendParameters<K> parameters,
      LatencyTrackingStateConfig latencyTracking,
      SizeTrackingStateConfig sizeTracking,
      StreamCompressionDecorator compression,
      Path directory,
      LearnedOptions options,
      @Nullable ManagedMemory memory) {
    super(
        parameters.getKvStateRegistry(),
        parameters.getKeySerializer(),
        parameters.getEnv().getUserCodeClassLoader().asClassLoader(),
        parameters.getNumberOfKeyGroups(),
        parameters.getKeyGroupRange(),
        parameters.getEnv().getExecutionConfig(),
        parameters.getTtlTimeProvider(),
        latencyTracking,
        sizeTracking,
        parameters.getStateHandles(),
        compression,
        parameters.getCancelStreamRegistry());
    this.localRecovery = parameters.getEnv().getTaskStateManager().createLocalRecoveryConfig();
    this.directory = directory;
    this.memory = memory;
    this.backendOptions = options;
    this.options = options.storeOptions(memory == null ? ArenaAllocator.direct() : memory.share());
  }

  @Override
  public LearnedKeyedStateBackend<K> build() throws BackendBuildingException {
    UploadedRuns uploadedRuns = new UploadedRuns();
    boolean built = false;
    try {
      Files.createDirectories(directory);
      RestoredBackend restored = restore(uploadedRuns);
      LearnedKeyedStateBackend<K> backend =
          new LearnedKeyedStateBackend<>(
              new Parts<>(
                  kvStateRegistry,
                  keySerializerProvider.currentSchemaSerializer(),
                  userCodeClassLoader,
                  executionConfig,
                  ttlTimeProvider,
                  latencyTrackingStateConfig,
                  sizeTrackingStateConfig,
                  new CloseableRegistry(),
                  keyGroupCompressionDecorator,
                  new InternalKeyContextImpl<>(keyGroupRange, numberOfKeyGroups),
                  UUID.randomUUID(),
                  directory,
                  memory,
                  uploadedRuns,
                  restored,
                  backendOptions,
                  localRecovery,
                  restoreCounts));
      built = true;
      return backend;
    } catch (IOException | StateMigrationException | RuntimeException e) {
      throw new BackendBuildingException(
          "The learned state backend could not be built in " + directory, e);
    } finally {
      if (!built) {
        FileUtils.deleteDirectoryQuietly(directory.toFile());
        IOUtils.closeQuietly(memory);
      }
    }
  }

  private RestoredBackend restore(UploadedRuns uploadedRuns)
      throws IOException, StateMigrationException {
    List<KeyedStateHandle> handles = restoreStateHandles.stream().filter(Objects::nonNull).toList();
    if (handles.isEmpty()) {
      return new RestoredBackend(
          LearnedStore.open(directory.resolve("store"), options),
          new StateCatalog(),
          1,
          KeyPart.of(keySerializerProvider.currentSchemaSerializer()).form());
    }
    logger.info("Restoring {} state handles in {}.", handles.size(), directory);
    if (handles.get(0) instanceof SavepointKeyedStateHandle) {
      return new CanonicalRestore<>(
              directory,
              options,
              keyGroupRange,
              numberOfKeyGroups,
              keySerializerProvider,
              userCodeClassLoader,
              handles)
          .restore();
    }
    return new ImageRestore<>(
            directory,
            options,
            keyGroupRange,
            keySerializerProvider,
            userCodeClassLoader,
            cancelStreamRegistry,
            uploadedRuns,
            restoreCounts)
        .restore(handles);
  }
}
