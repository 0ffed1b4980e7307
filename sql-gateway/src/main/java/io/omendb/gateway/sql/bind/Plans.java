package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.PgAggregateFunction;
import io.omendb.gateway.sql.functions.PgRexBuilder;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.logical.LogicalAggregate;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rel.logical.LogicalValues;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.util.ImmutableBitSet;
import org.jspecify.annotations.Nullable;

/** Makes relational nodes for the binders. */
final class Plans {
  private final RelOptCluster cluster;
  private final PgRexBuilder rex;

  Plans(RelOptCluster cluster, PgRexBuilder rex) {
    this.cluster = cluster;
    this.rex = rex;
  }

  RelOptCluster cluster() {
    return cluster;
  }

  /** One row: what a SELECT without FROM reads. */
  RelNode oneRow() {
    return LogicalValues.createOneRow(cluster);
  }

  RelNode project(
      RelNode input, List<RexNode> expressions, List<String> names, @Nullable Scope scope) {
    Set<CorrelationId> variables = variables(scope);
    return LogicalProject.create(input, ImmutableList.of(), expressions, unique(names), variables);
  }

  private static Set<CorrelationId> variables(@Nullable Scope scope) {
    CorrelationId used = scope == null ? null : scope.usedCorrelation();
    return used == null ? ImmutableSet.of() : ImmutableSet.of(used);
  }

  RelNode filter(RelNode input, RexNode condition, @Nullable Scope scope) {
    return LogicalFilter.create(
        input, RexUtil.flatten(rex, condition), ImmutableSet.copyOf(variables(scope)));
  }

  /** Field names of a plan need to differ; the columns' own names are kept beside it. */
  static List<String> unique(List<String> names) {
    List<String> result = new ArrayList<>();
    for (String name : names) {
      String candidate = name;
      int n = 0;
      while (result.contains(candidate)) {
        candidate = name + "_" + n++;
      }
      result.add(candidate);
    }
    return result;
  }

  RelNode distinct(RelNode input) {
    int fields = input.getRowType().getFieldCount();
    return LogicalAggregate.create(
        input, ImmutableList.of(), ImmutableBitSet.range(fields), null, ImmutableList.of());
  }

  /** array_agg of the one field. */
  RelNode arrayAggregate(RelNode input, PgType element) {
    PgAggregateFunction function = Functions.aggregate("array_agg", element);
    RelDataType type = function.inferReturnType(RelTypes.FACTORY, List.of());
    AggregateCall call =
        AggregateCall.create(
            function,
            false,
            false,
            false,
            ImmutableList.of(),
            ImmutableList.of(0),
            -1,
            null,
            RelCollations.EMPTY,
            type,
            "array");
    return LogicalAggregate.create(
        input, ImmutableList.of(), ImmutableBitSet.of(), null, ImmutableList.of(call));
  }

  /** The relation with its columns as those types. */
  RelNode coerced(Relation relation, List<PgType> types, Coercion coercion) {
    return coerced(relation, types, coercion, Context.IMPLICIT);
  }

  RelNode coerced(Relation relation, List<PgType> types, Coercion coercion, Context context) {
    List<RexNode> expressions = new ArrayList<>();
    List<String> names = new ArrayList<>();
    boolean changed = false;
    for (int i = 0; i < types.size(); i++) {
      ScopeColumn column = relation.columns().get(i);
      RexNode ref = rex.makeInputRef(relation.rel(), i);
      boolean unknown = column.type() == PgTypes.UNKNOWN;
      Expr field = Expr.of(ref, unknown ? PgTypes.TEXT : column.type(), 0);
      RexNode value =
          coercion.coerce(field, types.get(i), unknown ? Context.EXPLICIT : context).rex();
      changed |= !value.equals(ref);
      expressions.add(value);
      names.add(column.name());
    }
    return changed ? project(relation.rel(), expressions, names, null) : relation.rel();
  }
}
