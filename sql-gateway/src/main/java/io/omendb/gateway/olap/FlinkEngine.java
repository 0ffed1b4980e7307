package io.omendb.gateway.olap;

import static java.util.Objects.requireNonNull;

import io.omendb.gateway.cluster.EmbeddedCluster;
import io.omendb.gateway.olap.FlinkTypes.Carried;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.calcite.rel.RelNode;
import org.apache.flink.api.common.BatchShuffleMode;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.apache.flink.table.types.utils.TypeConversions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs plans as batch jobs of the embedded Flink cluster.
 *
 * <pre>
 *   plan ── PlanSplit ──▶ part above: gateway's own operators over the result
 *                    └──▶ part below ── FlinkSqlRenderer ──▶ INSERT INTO result SELECT … ──▶ job
 *                                                              scans: connector 'omendb' under one lease
 *                                                              result: ResultSink ─▶ ResultChannel ─▶ session
 * </pre>
 *
 * <p>As many queries run at once as the cluster has slots for; more wait for their turn. Planning
 * environments are kept and reused: making one costs some ten milliseconds. Jobs do not restart:
 * rows may have reached the client, so a failure fails the statement.
 *
 * <p>Thread-safe; the server closes it before the cluster.
 */
public final class FlinkEngine implements AnalyticalEngine, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlinkEngine.class);
  private static final String RESULT_TABLE = "omendb_result";
  private static final long ADMISSION_CHECK_MS = 50;

  private final EmbeddedCluster cluster;
  private final BlockingQueue<PlanningEnvironment> idle = new LinkedBlockingQueue<>();

  public FlinkEngine(EmbeddedCluster cluster) {
    this.cluster = cluster;
    for (int i = 0; i < cluster.options().queriesMax(); i++) {
      idle.add(new PlanningEnvironment(i, this::newTableEnvironment));
    }
  }

  @Override
  public RowSource run(RelNode plan, List<PgType> columns, ExecutionContext context) {
    PlanSplit split = refusing(plan);
    RowSource rows = runInFlink(split.below(), context);
    try {
      return split.open(rows, context);
    } catch (RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  private RowSource runInFlink(RelNode plan, ExecutionContext context) {
    PlanningEnvironment environment = admit(context);
    Query query = new Query(environment, context);
    try {
      return query.start(plan);
    } catch (RuntimeException e) {
      query.close();
      throw e instanceof UnsupportedPlanException
          ? new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, String.valueOf(e.getMessage()), e)
          : e;
    }
  }

  private PlanningEnvironment admit(ExecutionContext context) {
    try {
      while (true) {
        PlanningEnvironment environment = idle.poll(ADMISSION_CHECK_MS, TimeUnit.MILLISECONDS);
        if (environment != null) {
          return environment;
        }
        context.cancel().check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw context.cancel().error();
    }
  }

  @Override
  public String explain(RelNode plan, ExecutionContext context) {
    PlanSplit split = refusing(plan);
    PlanningEnvironment environment = admit(context);
    try (Query query = new Query(environment, context)) {
      return query.explain(split.below());
    } catch (UnsupportedPlanException e) {
      throw new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public Optional<String> refusal(RelNode plan) {
    try {
      dryRun(split(plan).below());
      return Optional.empty();
    } catch (UnsupportedPlanException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    idle.forEach(PlanningEnvironment::close);
    idle.clear();
  }

  /** The split of a plan that is about to run: what Flink cannot do is an error now. */
  private static PlanSplit refusing(RelNode plan) {
    try {
      return split(plan);
    } catch (UnsupportedPlanException e) {
      throw new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, String.valueOf(e.getMessage()), e);
    }
  }

  private static PlanSplit split(RelNode plan) {
    return PlanSplit.of(plan, FlinkEngine::dryRun);
  }

  private static FlinkSqlRenderer.Relation dryRun(RelNode plan) {
    return new FlinkSqlRenderer(new FlinkExpressions(null, plan.getCluster().getRexBuilder(), ""))
        .render(plan);
  }

  private TableEnvironment newTableEnvironment() {
    Configuration configuration = cluster.clientConfiguration();
    configuration.set(
        ExecutionOptions.BATCH_SHUFFLE_MODE, BatchShuffleMode.ALL_EXCHANGES_PIPELINED);
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, cluster.options().queryParallelism());
    configuration.set(BatchExecutionOptions.ADAPTIVE_AUTO_PARALLELISM_ENABLED, false);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    // Literals are rendered in UTC, see FlinkLiterals.
    configuration.set(TableConfigOptions.LOCAL_TIME_ZONE, "UTC");
    return TableEnvironment.create(
        EnvironmentSettings.newInstance()
            .inBatchMode()
            .withConfiguration(configuration)
            .withClassLoader(FlinkEngine.class.getClassLoader())
            .build());
  }

  /** One query in one environment. Closing it ends its job and gives environment and lease back. */
  private final class Query implements AutoCloseable {
    private final PlanningEnvironment environment;
    private final ExecutionContext context;
    private final String id = UUID.randomUUID().toString();
    private final List<Runnable> cleanUps = new ArrayList<>();
    private final AtomicReference<@Nullable JobClient> job = new AtomicReference<>();
    private volatile boolean finished;

    Query(PlanningEnvironment environment, ExecutionContext context) {
      this.environment = environment;
      this.context = context;
    }

    RowSource start(RelNode plan) {
      ResultChannel channel = ResultChannel.open(id);
      cleanUps.add(channel::close);
      FlinkSqlRenderer.Relation relation = environment.plan(tables -> submit(plan, tables));
      JobClient client = requireNonNull(job.get());
      var unused =
          client
              .getJobExecutionResult()
              .whenComplete(
                  (result, failure) -> {
                    finished = true;
                    if (failure != null) {
                      channel.fail(failure);
                    }
                  });
      return new FlinkResult(channel, relation.columns(), context.cancel(), this::close);
    }

    /**
     * Plans and submits, on the planner's thread. What was registered for it goes at once: a
     * submitted job needs it no more.
     */
    private FlinkSqlRenderer.Relation submit(RelNode plan, TableEnvironment tables) {
      List<Runnable> registered = new ArrayList<>();
      try {
        FlinkSqlRenderer.Relation relation = prepare(plan, tables, registered);
        tables.createTemporaryTable(
            RESULT_TABLE,
            TableDescriptor.forConnector(ResultTableFactory.IDENTIFIER)
                .schema(schema(relation.columns()))
                .option(ResultTableFactory.CHANNEL, id)
                .build());
        registered.add(() -> tables.dropTemporaryTable(RESULT_TABLE));
        TableResult submitted =
            tables.executeSql("INSERT INTO " + RESULT_TABLE + " " + relation.sql());
        job.set(submitted.getJobClient().orElseThrow());
        return relation;
      } catch (UnsupportedPlanException | OmenException e) {
        throw e;
      } catch (RuntimeException e) {
        throw FlinkResult.userError(e);
      } finally {
        registered.forEach(Runnable::run);
      }
    }

    String explain(RelNode plan) {
      return environment.plan(
          tables -> {
            List<Runnable> registered = new ArrayList<>();
            try {
              return tables.explainSql(prepare(plan, tables, registered).sql());
            } finally {
              registered.forEach(Runnable::run);
            }
          });
    }

    /** Renders the plan and registers what its text names. */
    private FlinkSqlRenderer.Relation prepare(
        RelNode plan, TableEnvironment tables, List<Runnable> registered) {
      FlinkExpressions expressions =
          new FlinkExpressions(context, plan.getCluster().getRexBuilder(), id + "/");
      cleanUps.add(expressions::release);
      FlinkSqlRenderer renderer = new FlinkSqlRenderer(expressions);
      FlinkSqlRenderer.Relation relation = renderer.render(plan);
      expressions
          .functions()
          .forEach(
              (name, function) -> {
                tables.createTemporarySystemFunction(name, function);
                registered.add(() -> tables.dropTemporarySystemFunction(name));
              });
      List<TableSchema> read = List.copyOf(renderer.tables().values());
      if (!read.isEmpty()) {
        SnapshotLease lease = context.transaction().lease(read);
        cleanUps.add(lease::close);
        read.forEach(table -> register(table, lease, tables, registered));
      }
      return relation;
    }

    private static void register(
        TableSchema table,
        SnapshotLease lease,
        TableEnvironment tables,
        List<Runnable> registered) {
      Schema.Builder schema = Schema.newBuilder();
      for (int i = 0; i < table.columns().size(); i++) {
        Column column = table.columns().get(i);
        schema.column(
            "c" + i,
            TypeConversions.fromLogicalToDataType(column.type().logicalType(column.nullable())));
      }
      String name = FlinkSqlRenderer.tableName(table.tableId());
      tables.createTemporaryTable(
          name,
          TableDescriptor.forConnector("omendb")
              .schema(schema.build())
              .option("lease-id", lease.id())
              .option("table-id", Integer.toString(table.tableId()))
              .build());
      registered.add(() -> tables.dropTemporaryTable(name));
    }

    private static Schema schema(List<Carried> columns) {
      Schema.Builder schema = Schema.newBuilder();
      for (int i = 0; i < columns.size(); i++) {
        schema.column("c" + i, TypeConversions.fromLogicalToDataType(columns.get(i).logicalType()));
      }
      return schema.build();
    }

    @Override
    public void close() {
      JobClient client = job.getAndSet(null);
      if (client != null && !finished) {
        endJob(client);
      }
      for (int i = cleanUps.size() - 1; i >= 0; i--) {
        cleanUps.get(i).run();
      }
      cleanUps.clear();
      idle.add(environment);
    }

    /**
     * Most jobs end by themselves just after their last row; one that does not is cancelled, so
     * that the lease is not given back under it and its slots are free for the next query.
     */
    private void endJob(JobClient client) {
      try {
        client.getJobExecutionResult().get(JOB_END_GRACE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        cancel(client);
      } catch (ExecutionException e) {
        // It failed, and so it is over.
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        var unused = client.cancel();
      }
    }

    private void cancel(JobClient client) {
      try {
        client.cancel().get(JOB_CANCEL_MAX.toMillis(), TimeUnit.MILLISECONDS);
        client.getJobExecutionResult().get(JOB_CANCEL_MAX.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        LOG.warn("query job {} did not end in time", client.getJobID(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final Duration JOB_END_GRACE = Duration.ofMillis(20);
  private static final Duration JOB_CANCEL_MAX = Duration.ofSeconds(10);
}
