package io.omendb.state.backend;

import io.omendb.state.backend.memory.ManagedMemory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.AsyncKeyedStateBackend;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateBackend;

/**
 * A state backend for any Flink job: keyed state in a versioned store with learned indexes,
 * incremental checkpoints, and table state for those who ask for it ({@link TableStateBackend}).
 *
 * <p>Use: {@code state.backend.type: io.omendb.state.backend.LearnedStateBackendFactory}; settings
 * are in {@link LearnedOptions}. Operator state is kept as by Flink's own backends, in the heap.
 */
public final class LearnedStateBackend extends AbstractStateBackend
    implements ConfigurableStateBackend {

  private static final long serialVersionUID = 1;

  private final LearnedOptions options;

  /** A backend with default settings. */
  public LearnedStateBackend() {
    this(LearnedOptions.from(new Configuration()));
  }

  public LearnedStateBackend(LearnedOptions options) {
    this.options = options;
  }

  @Override
  public LearnedStateBackend configure(ReadableConfig configuration, ClassLoader classLoader) {
    LearnedOptions configured;
    try {
      configured = LearnedOptions.from(configuration);
    } catch (IllegalArgumentException e) {
      throw new IllegalConfigurationException("Invalid setting of the learned state backend", e);
    }
    LearnedStateBackend backend = new LearnedStateBackend(configured);
    backend.latencyTrackingConfigBuilder = latencyTrackingConfigBuilder.configure(configuration);
    backend.sizeTrackingConfigBuilder = sizeTrackingConfigBuilder.configure(configuration);
    return backend;
  }

  @Override
  public boolean supportsNoClaimRestoreMode() {
    return true;
  }

  @Override
  public boolean supportsSavepointFormat(SavepointFormatType formatType) {
    return true;
  }

  @Override
  public <K> AbstractKeyedStateBackend<K> createKeyedStateBackend(
      KeyedStateBackendParameters<K> parameters) throws IOException {
    return createBackend(parameters);
  }

  @Override
  public boolean supportsAsyncKeyedStateBackend() {
    return true;
  }

  @Override
  public <K> AsyncKeyedStateBackend<K> createAsyncKeyedStateBackend(
      KeyedStateBackendParameters<K> parameters) throws IOException {
    return new LearnedAsyncKeyedStateBackend<>(createBackend(parameters));
  }

  private <K> LearnedKeyedStateBackend<K> createBackend(KeyedStateBackendParameters<K> parameters)
      throws IOException {
    LearnedKeyedStateBackend<K> backend =
        new LearnedKeyedStateBackendBuilder<>(
                parameters,
                latencyTrackingConfigBuilder.setMetricGroup(parameters.getMetricGroup()).build(),
                sizeTrackingConfigBuilder.setMetricGroup(parameters.getMetricGroup()).build(),
                getCompressionDecorator(parameters.getEnv().getExecutionConfig()),
                workingDirectory(parameters),
                options,
                options.managedMemory() ? ManagedMemory.acquire(parameters) : null)
            .build();
    if (options.metrics()) {
      backend.registerMetrics(parameters.getMetricGroup());
    }
    return backend;
  }

  @Override
  public boolean useManagedMemory() {
    return options.managedMemory();
  }

  private Path workingDirectory(KeyedStateBackendParameters<?> parameters) {
    UUID instance = UUID.randomUUID();
    String name =
        "job_"
            + parameters.getJobID()
            + "_op_"
            + parameters.getOperatorIdentifier().replaceAll("[^a-zA-Z0-9\\-]", "_")
            + "_uuid_"
            + instance;
    return baseDirectory(parameters.getEnv(), instance).resolve(name);
  }

  /** Spreads instances over the configured directories. */
  private Path baseDirectory(Environment environment, UUID instance) {
    String configured = options.localDirectories();
    if (configured == null) {
      return environment.getTaskManagerInfo().getTmpWorkingDirectory().toPath();
    }
    String[] directories =
        Arrays.stream(configured.split(",|" + File.pathSeparator))
            .map(String::trim)
            .filter(directory -> !directory.isEmpty())
            .toArray(String[]::new);
    if (directories.length == 0) {
      throw new IllegalConfigurationException(
          LearnedOptions.LOCAL_DIRECTORIES.key() + " names no directory");
    }
    return Path.of(directories[Math.floorMod(instance.hashCode(), directories.length)]);
  }

  @Override
  public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters parameters)
      throws Exception {
    return new DefaultOperatorStateBackendBuilder(
            parameters.getEnv().getUserCodeClassLoader().asClassLoader(),
            parameters.getEnv().getExecutionConfig(),
            true,
            parameters.getStateHandles(),
            parameters.getCancelStreamRegistry())
        .build();
  }
}
