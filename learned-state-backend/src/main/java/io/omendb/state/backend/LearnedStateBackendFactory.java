package io.omendb.state.backend;

import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.StateBackendFactory;

/** Names the learned state backend in a Flink configuration ({@code state.backend.type}). */
public final class LearnedStateBackendFactory implements StateBackendFactory<LearnedStateBackend> {

  @Override
  public LearnedStateBackend createFromConfig(ReadableConfig config, ClassLoader classLoader) {
    return new LearnedStateBackend().configure(config, classLoader);
  }
}
