package io.omendb.gateway.olap;

import io.omendb.jobs.connector.OmenTableFactory;
import io.omendb.jobs.table.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.bridge.java.StreamStatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.types.utils.TypeConversions;
import org.jspecify.annotations.Nullable;

/**
 * Flink's planner for one statement at a time: translates it to a job, without running it. Has a
 * thread of its own, since Flink's planner keeps its metadata providers in a thread local of the
 * thread that made the table environment, and fails on any other. The environment is made on first
 * use and kept: making one costs some ten milliseconds.
 */
final class PlanningEnvironment implements AutoCloseable {
  private static final ClassLoader CLASSES = PlanningEnvironment.class.getClassLoader();
  private static final String RESULT_TABLE = "omendb_result";

  private final Configuration configuration;
  private final ExecutorService planner;
  private @Nullable Environment environment;

  private record Environment(StreamExecutionEnvironment jobs, StreamTableEnvironment tables) {}

  PlanningEnvironment(int number, Configuration configuration) {
    this.configuration = configuration;
    this.planner =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "omendb-planner-" + number);
              thread.setDaemon(true);
              thread.setContextClassLoader(CLASSES);
              return thread;
            });
  }

  /** The statement's job, its rows going to a {@link ResultSink}. */
  JobGraph translate(FlinkStatement statement) {
    return onPlannersThread(
        () -> {
          Environment made = environment();
          made.jobs().setParallelism(statement.parallelism());
          try (Registration registration = register(statement, made.tables())) {
            registration.resultTable(statement.columns());
            StreamStatementSet insert = made.tables().createStatementSet();
            insert.addInsertSql("INSERT INTO " + RESULT_TABLE + " " + statement.sql());
            insert.attachAsDataStream();
            StreamGraph graph = made.jobs().getStreamGraph();
            SharedCodeOperatorFactory.applyTo(graph);
            return graph.getJobGraph(CLASSES);
          } catch (RuntimeException | StackOverflowError e) {
            // Parts of the failed statement may be left in it.
            environment = null;
            throw e;
          }
        });
  }

  String explain(FlinkStatement statement) {
    return onPlannersThread(
        () -> {
          StreamTableEnvironment tables = environment().tables();
          try (Registration registration = register(statement, tables)) {
            return registration.tables.explainSql(statement.sql());
          }
        });
  }

  /** Loads what planning needs, on the planner's thread, without waiting for it. */
  void warmUp() {
    planner.execute(
        () ->
            environment()
                .tables()
                .explainSql(
                    "SELECT COUNT(*) FROM (VALUES (1), (2)) AS t(x) WHERE x > 1 GROUP BY x ORDER BY"
                        + " 1"));
  }

  private Environment environment() {
    Environment made = environment;
    if (made == null) {
      StreamExecutionEnvironment jobs = new StreamExecutionEnvironment(configuration, CLASSES);
      made =
          new Environment(
              jobs,
              StreamTableEnvironment.create(
                  jobs,
                  EnvironmentSettings.newInstance()
                      .inBatchMode()
                      .withConfiguration(configuration)
                      .withClassLoader(CLASSES)
                      .build()));
      environment = made;
    }
    return made;
  }

  private static Registration register(FlinkStatement statement, StreamTableEnvironment tables) {
    Registration registration = new Registration(tables);
    statement.functions().forEach(registration::function);
    statement.inputs().forEach(registration::input);
    return registration;
  }

  /** What a statement's text names, registered until closed. */
  private static final class Registration implements AutoCloseable {
    private final StreamTableEnvironment tables;
    private final List<Runnable> undo = new ArrayList<>();

    Registration(StreamTableEnvironment tables) {
      this.tables = tables;
    }

    void function(String name, ExpressionFunction function) {
      tables.createTemporarySystemFunction(name, function);
      undo.add(() -> tables.dropTemporarySystemFunction(name));
    }

    void input(FlinkStatement.Input input) {
      Schema.Builder schema = Schema.newBuilder();
      for (int i = 0; i < input.schema().columns().size(); i++) {
        Column column = input.schema().columns().get(i);
        schema.column(
            "c" + i,
            TypeConversions.fromLogicalToDataType(column.type().logicalType(column.nullable())));
      }
      TableDescriptor.Builder table =
          TableDescriptor.forConnector(OmenTableFactory.IDENTIFIER)
              .schema(schema.build())
              .option(OmenTableFactory.TABLE_ID, input.schema().tableId());
      input.rowCount().ifPresent(rows -> table.option(OmenTableFactory.ROW_COUNT, rows));
      table(FlinkSqlRenderer.tableName(input.schema().tableId()), table.build());
    }

    void resultTable(List<Carried> columns) {
      Schema.Builder schema = Schema.newBuilder();
      for (int i = 0; i < columns.size(); i++) {
        schema.column("c" + i, TypeConversions.fromLogicalToDataType(columns.get(i).logicalType()));
      }
      table(
          RESULT_TABLE,
          TableDescriptor.forConnector(ResultTableFactory.IDENTIFIER)
              .schema(schema.build())
              .build());
    }

    private void table(String name, TableDescriptor table) {
      tables.createTemporaryTable(name, table);
      undo.add(() -> tables.dropTemporaryTable(name));
    }

    @Override
    public void close() {
      undo.forEach(Runnable::run);
    }
  }

  /** Waits also when interrupted: what was registered must be undone. */
  private <T> T onPlannersThread(Callable<T> task) {
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
      if (e.getCause() instanceof StackOverflowError tooDeep) {
        throw new UnsupportedPlanException(
            "the query is nested too deeply for a Flink job", tooDeep);
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
