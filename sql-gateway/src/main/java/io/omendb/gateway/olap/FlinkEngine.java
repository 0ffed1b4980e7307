package io.omendb.gateway.olap;

import io.omendb.gateway.cluster.EmbeddedCluster;
import io.omendb.gateway.olap.RunningQueries.RunningQuery;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.table.TableSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.calcite.rel.RelNode;
import org.apache.flink.api.common.BatchShuffleMode;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs plans as batch jobs of the embedded Flink cluster.
 *
 * <pre>
 *   plan ── PlanSplit ──▶ part above: gateway's own operators over the result
 *                    └──▶ part below ── FlinkSqlRenderer ──▶ INSERT INTO result SELECT …
 *                           job: JobTemplates, or else PlanningEnvironment ◀──┘
 *                             scans: connector 'omendb' under the lease assigned to the job
 *                             result: ResultSink ─▶ ResultChannel ─▶ session
 * </pre>
 *
 * <p>As many queries run at once as the cluster has slots for; more wait for their turn. A
 * statement's job is translated once and kept: translating costs more than running a small query.
 * What differs between executions is found by the job's id when it runs, see {@link
 * RunningQueries}. Jobs do not restart: rows may have reached the client, so a failure fails the
 * statement.
 *
 * <p>Thread-safe; the server closes it before the cluster.
 */
public final class FlinkEngine implements AnalyticalEngine, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlinkEngine.class);
  private static final long ADMISSION_CHECK_MS = 50;
  private static final long TEMPLATE_BYTES_MAX = 64L << 20;

  /** Longer statements take Flink's parser and compiler seconds, and some of them its stack. */
  private static final int SQL_LENGTH_MAX = 500_000;

  private static final int FUNCTIONS_MAX = 300;

  private final EmbeddedCluster cluster;
  private final BlockingQueue<PlanningEnvironment> idle = new LinkedBlockingQueue<>();
  private final JobTemplates templates = new JobTemplates(TEMPLATE_BYTES_MAX);

  public FlinkEngine(EmbeddedCluster cluster) {
    this.cluster = cluster;
    Configuration configuration = planning(cluster);
    for (int i = 0; i < cluster.options().queriesMax(); i++) {
      idle.add(new PlanningEnvironment(i, configuration));
    }
  }

  /**
   * Lets a planner plan something, in the background: the first statement otherwise pays for
   * loading it, which takes a second.
   */
  public void warmUp() {
    PlanningEnvironment first = idle.peek();
    if (first != null) {
      first.warmUp();
    }
  }

  @Override
  public RowSource run(RelNode plan, List<PgType> columns, ExecutionContext context) {
    PlanningEnvironment environment = admit(context);
    Query query = new Query(environment, context);
    RowSource rows = null;
    try {
      Rendering rendering = new Rendering(context, plan);
      rows = query.start(rendering);
      return rendering.split.open(rows, context);
    } catch (RuntimeException e) {
      if (rows == null) {
        query.close();
      } else {
        rows.close();
      }
      throw refused(e);
    }
  }

  /** What Flink cannot do is an error once a plan is about to run. */
  private static RuntimeException refused(RuntimeException e) {
    return e instanceof UnsupportedPlanException
        ? new OmenException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "Flink cannot run this query: %s; SET omendb.route = 'state' runs it in the gateway"
                .formatted(e.getMessage()),
            e)
        : e;
  }

  /** A plan with all that it takes to run it, each attempt to split it rendered anew. */
  private static final class Rendering {
    private final @Nullable ExecutionContext context;
    private FlinkExpressions expressions;
    private FlinkSqlRenderer renderer;
    private final PlanSplit split;

    /** Without a context it is a dry run. */
    Rendering(@Nullable ExecutionContext context, RelNode plan) {
      this.context = context;
      this.expressions = new FlinkExpressions(context, plan.getCluster().getRexBuilder());
      this.renderer = new FlinkSqlRenderer(expressions);
      this.split = PlanSplit.of(plan, this::render);
    }

    private Relation render(RelNode node) {
      expressions = new FlinkExpressions(context, node.getCluster().getRexBuilder());
      renderer = new FlinkSqlRenderer(expressions);
      try {
        Relation relation = renderer.render(node);
        if (relation.sql().length() > SQL_LENGTH_MAX
            || expressions.functions().size() > FUNCTIONS_MAX) {
          throw new UnsupportedPlanException("the query is too long for a Flink job");
        }
        return relation;
      } catch (IllegalArgumentException unknown) {
        throw new UnsupportedPlanException(String.valueOf(unknown.getMessage()), unknown);
      }
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
    PlanningEnvironment environment = admit(context);
    try (Query query = new Query(environment, context)) {
      Rendering rendering = new Rendering(context, plan);
      StringBuilder text = new StringBuilder();
      for (String step : rendering.split.above()) {
        text.append(step).append(" (in the gateway, over Flink's rows)\n");
      }
      return text.append(query.explain(rendering)).toString();
    } catch (UnsupportedPlanException e) {
      throw refused(e);
    }
  }

  @Override
  public Optional<String> refusal(RelNode plan) {
    try {
      var unused = new Rendering(null, plan);
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

  private static Configuration planning(EmbeddedCluster cluster) {
    Configuration configuration = cluster.clientConfiguration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    configuration.set(
        ExecutionOptions.BATCH_SHUFFLE_MODE, BatchShuffleMode.ALL_EXCHANGES_PIPELINED);
    configuration.set(BatchExecutionOptions.ADAPTIVE_AUTO_PARALLELISM_ENABLED, false);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    configuration.set(PipelineOptions.NAME, "OmenDB query");
    // Literals are rendered in UTC, see FlinkLiterals.
    configuration.set(TableConfigOptions.LOCAL_TIME_ZONE, "UTC");
    return configuration;
  }

  /** One query in one environment. Closing it ends its job and gives environment and lease back. */
  private final class Query implements AutoCloseable {
    private final PlanningEnvironment environment;
    private final ExecutionContext context;
    private final JobID jobId = new JobID();
    private final List<Runnable> cleanUps = new ArrayList<>();
    private final AtomicReference<@Nullable JobClient> job = new AtomicReference<>();
    private volatile boolean finished;

    Query(PlanningEnvironment environment, ExecutionContext context) {
      this.environment = environment;
      this.context = context;
    }

    RowSource start(Rendering rendering) {
      FlinkStatement statement = statement(rendering);
      JobGraph graph = templates.job(statement.key(), () -> translated(statement));
      graph.setJobID(jobId);
      ResultChannel channel = new ResultChannel();
      cleanUps.add(channel::close);
      RunningQueries.put(jobId, new RunningQuery(channel, rendering.expressions.shared()));
      cleanUps.add(() -> RunningQueries.remove(jobId));
      JobClient client = submitted(graph);
      job.set(client);
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
      return new FlinkResult(channel, statement.columns(), context.cancel(), this::close);
    }

    private JobClient submitted(JobGraph graph) {
      try {
        return cluster.submit(graph).join();
      } catch (CompletionException | IllegalStateException e) {
        throw JobFailures.toUser(e);
      }
    }

    /** What Flink's planner cannot do is a refusal, whatever it throws. */
    private JobGraph translated(FlinkStatement statement) {
      try {
        return environment.translate(statement);
      } catch (OmenException e) {
        throw e;
      } catch (RuntimeException e) {
        LOG.warn("Flink's planner refuses a rendered statement: {}", statement.sql(), e);
        throw new UnsupportedPlanException("Flink's planner refuses it", e);
      }
    }

    String explain(Rendering rendering) {
      try {
        return environment.explain(statement(rendering));
      } catch (OmenException | UnsupportedPlanException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new UnsupportedPlanException("Flink's planner refuses it", e);
      }
    }

    /** The statement of a rendered plan; leases the tables that it reads. */
    private FlinkStatement statement(Rendering rendering) {
      List<TableSchema> read = List.copyOf(rendering.renderer.tables().values());
      List<FlinkStatement.Input> inputs = new ArrayList<>();
      if (!read.isEmpty()) {
        SnapshotLease lease = context.transaction().lease(read);
        cleanUps.add(lease::close);
        LeaseRegistry.assign(jobId.toHexString(), lease.id());
        for (TableSchema table : read) {
          inputs.add(
              FlinkStatement.Input.of(
                  table, LeaseRegistry.get(lease.id()).table(table.tableId()).lakeRowCount()));
        }
      }
      return FlinkStatement.of(
          rendering.split.relation(),
          rendering.expressions.functions(),
          inputs,
          cluster.options().queryParallelism());
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
      // Refused where the job has just ended by itself; its end is what counts.
      var unused = client.cancel();
      try {
        client.getJobExecutionResult().get(JOB_CANCEL_MAX.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException cancelled) {
        LOG.debug("query job {} is over", client.getJobID(), cancelled);
      } catch (TimeoutException e) {
        LOG.warn("query job {} did not end in time", client.getJobID(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final Duration JOB_END_GRACE = Duration.ofMillis(20);
  private static final Duration JOB_CANCEL_MAX = Duration.ofSeconds(10);
}
