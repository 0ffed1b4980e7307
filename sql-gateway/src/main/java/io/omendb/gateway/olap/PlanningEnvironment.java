package io.omendb.gateway.olap;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.flink.table.api.TableEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * A table environment and the one thread that plans with it: Flink's planner keeps its metadata
 * providers in a thread local of the thread that made the environment, and fails on any other. Made
 * on first use, kept for the next query. Used by one query at a time.
 */
final class PlanningEnvironment implements AutoCloseable {
  private final Supplier<TableEnvironment> factory;
  private final ExecutorService planner;
  private @Nullable TableEnvironment tables;

  PlanningEnvironment(int number, Supplier<TableEnvironment> factory) {
    this.factory = factory;
    this.planner =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "omendb-planner-" + number);
              thread.setDaemon(true);
              thread.setContextClassLoader(PlanningEnvironment.class.getClassLoader());
              return thread;
            });
  }

  /**
   * Runs {@code planning} on the planner's thread and waits for it, also when interrupted: what it
   * registered must be undone.
   */
  <T> T plan(Function<TableEnvironment, T> planning) {
    return await(
        () -> {
          TableEnvironment made = tables;
          if (made == null) {
            made = factory.get();
            tables = made;
          }
          return planning.apply(made);
        });
  }

  private <T> T await(Callable<T> task) {
    var result = planner.submit(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    planner.shutdown();
  }
}
