package io.omendb.gateway.olap;

import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.table.runtime.generated.GeneratedClass;
import org.apache.flink.table.runtime.operators.CodeGenOperatorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes a generated operator from a class that all executions of a statement share. Flink compiles
 * generated code anew for each class loader, and its task manager makes one per job; embedded, all
 * of them see the same classes, so the code is compiled once, in this class's loader, and kept by
 * Flink's own cache of compiled classes.
 */
final class SharedCodeOperatorFactory<OUT> extends AbstractStreamOperatorFactory<OUT> {
  private static final long serialVersionUID = 1L;

  private final GeneratedClass<? extends StreamOperator<OUT>> generated;

  private SharedCodeOperatorFactory(CodeGenOperatorFactory<OUT> factory) {
    generated = factory.getGeneratedClass();
    setChainingStrategy(factory.getChainingStrategy());
  }

  /** Puts such factories in the place of Flink's. */
  static void applyTo(StreamGraph graph) {
    for (StreamNode node : graph.getStreamNodes()) {
      if (node.getOperatorFactory() instanceof CodeGenOperatorFactory<?> factory) {
        node.setOperatorFactory(new SharedCodeOperatorFactory<>(factory));
      }
    }
  }

  @Override
  // As inherited; the generated class extends what the caller expects.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    return (T)
        generated.newInstance(
            SharedCodeOperatorFactory.class.getClassLoader(),
            generated.getReferences(),
            parameters.getContainingTask(),
            parameters.getStreamConfig(),
            parameters.getOutput(),
            processingTimeService);
  }

  @Override
  @SuppressWarnings("rawtypes") // as inherited
  public Class<? extends StreamOperator> getStreamOperatorClass(@Nullable ClassLoader classLoader) {
    return generated.getClass(SharedCodeOperatorFactory.class.getClassLoader());
  }
}
