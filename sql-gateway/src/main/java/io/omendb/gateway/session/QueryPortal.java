package io.omendb.gateway.session;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.PointQuery;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.oltp.ScanObserver;
import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.route.Route;
import io.omendb.gateway.route.RouteSetting;
import io.omendb.gateway.route.Router;
import io.omendb.gateway.session.OmenStatement.Compiled;
import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.PlannedStatement.Query;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Transaction;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A query: by point read without a thread hop, by the executor over state, or by Flink. */
final class QueryPortal extends OmenPortal {
  private final OmenStatement statement;
  private final List<@Nullable Object> parameters;
  private final @Nullable List<ResultColumn> columns;
  private @Nullable CatalogLookup catalog;
  private @Nullable RowDelivery delivery;
  private @Nullable ExecutionContext context;
  private @Nullable Query query;
  private boolean mayMove;
  private boolean onFlink;
  private Route.@Nullable Engine moved;

  /** What {@link #tryExecute} met inside a transaction: it fails where waiting is allowed. */
  private @Nullable RuntimeException promptError;

  private long delivered;

  /** A scan turned out to be Flink's work before any row was delivered. */
  private static final class MoveToFlink extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MoveToFlink() {
      super(null, null, false, false);
    }
  }

  QueryPortal(OmenSession session, OmenStatement statement, List<@Nullable Object> parameters) {
    super(session);
    this.statement = statement;
    this.parameters = parameters;
    columns = statement.resultColumns();
  }

  @Override
  public @Nullable List<ResultColumn> resultColumns() {
    return columns;
  }

  @Override
  public @Nullable Completion tryExecute(RowSink sink) {
    if (rows() != null) {
      return null;
    }
    try {
      return tryPoint(sink);
    } catch (RuntimeException error) {
      // A worker meets it again; in a block the transaction may have failed of it already.
      promptError = session.block().readsAlone() ? null : error;
      return null;
    }
  }

  private @Nullable Completion tryPoint(RowSink sink) {
    Compiled compiled = session.tryPlan(statement);
    PointQuery point =
        compiled == null ? null : Objects.requireNonNull(compiled.query()).pointQuery();
    if (compiled == null
        || point == null
        || ((Query) compiled.plan()).lock() != null
        || session.route() == RouteSetting.FLINK) {
      return null;
    }
    boolean alone = session.block().readsAlone();
    if (!alone && !session.block().hasTransaction()) {
      return null;
    }
    Transaction transaction = alone ? session.block().trySingle() : session.block().tryCurrent();
    if (transaction == null) {
      return null;
    }
    try {
      if (transaction.catalog().version() != compiled.key().catalogVersion()) {
        return null;
      }
      ExecutionContext execution = session.execution(transaction, parameters, cancel);
      Transaction.Found found = point.tryRead(transaction, execution);
      if (found == null) {
        return null;
      }
      @Nullable Object[] row = point.row(found.row(), execution);
      if (row != null) {
        RowDelivery shown = new RowDelivery(((Query) compiled.plan()).columns());
        sink.row(shown.shown(row, execution.functions().catalog()));
      }
      return Completion.of(row == null ? "SELECT 0" : "SELECT 1");
    } finally {
      if (alone) {
        transaction.close();
      }
    }
  }

  @Override
  Completion run(int rowsMax, RowSink sink) {
    RuntimeException failed = promptError;
    if (failed != null) {
      throw failed;
    }
    if (rows() == null && context != null) {
      // Its transaction ended, and the rows with it.
      throw new OmenException(ErrorCode.INVALID_CURSOR_NAME, "portal ended with its transaction");
    }
    long count;
    while (true) {
      try {
        count = deliver(rowsMax, sink);
        break;
      } catch (MoveToFlink move) {
        moved = Route.Engine.FLINK;
      } catch (OmenException error) {
        moved = delivered > 0 ? null : moveAfter(error);
        if (moved == null) {
          throw error;
        }
      }
      close();
    }
    if (rowsMax > 0 && count == rowsMax) {
      return Completion.SUSPENDED;
    }
    return Completion.of("SELECT " + count);
  }

  /**
   * Where the query is begun anew after an error: on Flink, where the gateway's memory does not
   * suffice; in state, where Flink met a value that it does not carry exactly; null where it is
   * not. Each happens once.
   */
  private Route.@Nullable Engine moveAfter(OmenException error) {
    if (error.code() == ErrorCode.OUT_OF_MEMORY && movable()) {
      return Route.Engine.FLINK;
    }
    return error.code() == ErrorCode.FEATURE_NOT_SUPPORTED
            && onFlink
            && session.route() == RouteSetting.AUTO
        ? Route.Engine.STATE
        : null;
  }

  private long deliver(int rowsMax, RowSink sink) {
    RowSource source = rows() == null ? open() : rows();
    RowSource counted = Objects.requireNonNull(source);
    RowSink counting =
        new RowSink() {
          @Override
          public void row(@Nullable Object[] datums) {
            delivered++;
            sink.row(datums);
          }

          @Override
          public void copyData(byte[] bytes) {
            sink.copyData(bytes);
          }
        };
    return Objects.requireNonNull(delivery)
        .deliver(counted, rowsMax, counting, Objects.requireNonNull(catalog));
  }

  private RowSource open() {
    if (moved != null) {
      return moved == Route.Engine.FLINK ? openOnFlink() : openInState();
    }
    Transaction transaction = session.block().current();
    Compiled compiled = session.plan(statement);
    query = (Query) compiled.plan();
    if (query.lock() != null) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "SELECT FOR UPDATE is not supported yet");
    }
    QueryPlan plan = Objects.requireNonNull(compiled.query());
    Router router = session.services().router();
    Route route = router.route(query.rel(), plan, session.route());
    context = session.execution(transaction, parameters, cancel);
    catalog = context.functions().catalog();
    delivery = new RowDelivery(query.columns());
    if (route.engine() == Route.Engine.FLINK) {
      return openOnFlink();
    }
    mayMove = session.route() == RouteSetting.AUTO;
    context.observeScans(new SizeObserver(router));
    return keep(plan.open(context));
  }

  /** Whether Flink may be given what was begun in state; asked where it would help only. */
  private boolean movable() {
    AnalyticalEngine analytics = session.services().analytics();
    mayMove =
        mayMove
            && analytics != null
            && analytics.refusal(Objects.requireNonNull(query).rel()).isEmpty();
    return mayMove;
  }

  private RowSource openInState() {
    mayMove = false;
    onFlink = false;
    QueryPlan plan = Objects.requireNonNull(session.plan(statement).query());
    return keep(plan.open(Objects.requireNonNull(context)));
  }

  private RowSource openOnFlink() {
    Query plan = Objects.requireNonNull(query);
    mayMove = false;
    onFlink = true;
    AnalyticalEngine analytics = Objects.requireNonNull(session.services().analytics());
    return keep(
        analytics.run(
            plan.rel(),
            plan.columns().stream().map(OutputColumn::type).toList(),
            Objects.requireNonNull(context)));
  }

  /** Learns table sizes, and ends a scan that Flink should do. */
  private final class SizeObserver implements ScanObserver {
    private final Router router;

    SizeObserver(Router router) {
      this.router = router;
    }

    @Override
    public void read(int tableId, boolean wholeTable, long rows) {
      if (wholeTable) {
        router.sizes().atLeast(tableId, rows);
      }
      if (rows > router.stateRowsMax() && delivered == 0 && movable()) {
        throw new MoveToFlink();
      }
    }

    @Override
    public void finished(int tableId, boolean wholeTable, long rows) {
      if (wholeTable) {
        router.sizes().counted(tableId, rows);
      }
    }
  }
}
