package io.omendb.gateway.route;

import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.route.Route.Engine;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.calcite.rel.RelNode;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the engine of a query. Thread-safe.
 *
 * <p>Flink gets only what it does exactly as PostgreSQL; a plan that it {@link
 * AnalyticalEngine#refusal refuses} runs in state, or, where Flink is forced, is an error. A query
 * that reads no table runs in state whatever the setting: there is nothing for a job to read.
 *
 * <p>Lookups and ranges by key, queries without tables and small tables are answered from state,
 * without a job; whole reads of larger tables go to Flink. A table of unknown size is begun in
 * state: its scan ends at {@link #stateRowsMax()} rows and the query is then started anew on Flink,
 * if no row has reached the client, and the size is remembered.
 */
public final class Router {
  private final @Nullable AnalyticalEngine analytics;
  private final TableSizes sizes;
  private final long stateRowsMax;

  /** {@code analytics} null: everything runs in state. */
  public Router(@Nullable AnalyticalEngine analytics, TableSizes sizes, long stateRowsMax) {
    this.analytics = analytics;
    this.sizes = sizes;
    this.stateRowsMax = stateRowsMax;
  }

  /** From so many rows on a scan is Flink's work. */
  public long stateRowsMax() {
    return stateRowsMax;
  }

  public TableSizes sizes() {
    return sizes;
  }

  public Route route(RelNode plan, QueryPlan compiled, RouteSetting setting) {
    if (setting == RouteSetting.STATE) {
      return new Route(Engine.STATE, "omendb.route is state");
    }
    if (analytics == null) {
      return new Route(Engine.STATE, "there is no analytical engine here");
    }
    QueryPlan.Shape shape = compiled.shape();
    if (shape.accesses().isEmpty()) {
      return new Route(Engine.STATE, "no table is read");
    }
    Route byCost = byCost(shape);
    if (setting != RouteSetting.FLINK && byCost.engine() == Engine.STATE) {
      return byCost;
    }
    Optional<String> refusal = analytics.refusal(plan);
    if (refusal.isPresent() && setting == RouteSetting.FLINK) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "Flink cannot run this query: %s; omendb.route is flink, SET omendb.route = 'auto' lets the gateway run it"
              .formatted(refusal.get()));
    }
    if (refusal.isPresent()) {
      return new Route(Engine.STATE, refusal.get());
    }
    return setting == RouteSetting.FLINK
        ? new Route(Engine.FLINK, "omendb.route is flink")
        : byCost;
  }

  private Route byCost(QueryPlan.Shape shape) {
    boolean unknown = false;
    for (QueryPlan.Access access : shape.accesses()) {
      if (!access.wholeTable() || access.limited()) {
        continue;
      }
      OptionalLong rows = sizes.rows(access.table().tableId());
      if (rows.isPresent() && rows.getAsLong() > stateRowsMax) {
        return new Route(
            Engine.FLINK,
            "all of %s is read, about %d rows, above %d"
                .formatted(access.table().name(), rows.getAsLong(), stateRowsMax));
      }
      unknown |= rows.isEmpty();
    }
    if (unknown) {
      return new Route(
          Engine.STATE,
          "table sizes are not known yet: begun in state, moved to Flink after %d rows"
              .formatted(stateRowsMax));
    }
    boolean byKey = shape.accesses().stream().noneMatch(QueryPlan.Access::wholeTable);
    return new Route(
        Engine.STATE,
        byKey
            ? "every table is read by key"
            : "the tables read as a whole have at most %d rows".formatted(stateRowsMax));
  }
}
