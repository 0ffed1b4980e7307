package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.Aggregates;
import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.core.Correlate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.SetOp;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.TableFunctionScan;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.core.Values;
import org.apache.calcite.rel.core.Window;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.util.ImmutableBitSet;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a rewritten logical plan to operators. Confined to one thread, for one plan.
 *
 * <p>Every operator yields all fields of its plan node, but only those in the {@code needed} set
 * that its consumer passes down have their values; the others may be null.
 */
final class PlanCompiler {
  private final @Nullable Operator emptyValues;
  private final ExpressionCompiler expressions;
  private final AccessPaths paths;
  private final JoinCompiler joins;

  /** {@code emptyValues}, where given, stands for a VALUES leaf without rows. */
  PlanCompiler(RexBuilder builder, @Nullable Operator emptyValues) {
    this.emptyValues = emptyValues;
    expressions = new ExpressionCompiler(builder);
    paths = new AccessPaths(builder, expressions);
    joins = new JoinCompiler(this, builder, expressions);
  }

  static ImmutableBitSet all(RelNode node) {
    return ImmutableBitSet.range(node.getRowType().getFieldCount());
  }

  Operator compile(RelNode node, ImmutableBitSet needed) {
    if (node instanceof Filter filter) {
      return filter(filter, needed);
    }
    if (node instanceof Project project) {
      return new ProjectOperator(
          compile(project.getInput(), references(project.getProjects())),
          expressions.compile(project.getProjects()));
    }
    if (node instanceof TableScan scan) {
      return scan(scan, null, needed);
    }
    if (node instanceof Join join) {
      return joins.compile(join, needed);
    }
    if (node instanceof Aggregate aggregate) {
      return aggregate(aggregate);
    }
    if (node instanceof Sort sort) {
      return sort(sort, needed);
    }
    if (node instanceof Values values) {
      if (emptyValues != null && values.getTuples().isEmpty()) {
        return emptyValues;
      }
      return new ValuesOperator(values.getTuples().stream().map(expressions::compile).toList());
    }
    if (node instanceof SetOp set) {
      return set(set);
    }
    if (node instanceof Correlate correlate) {
      return correlate(correlate);
    }
    if (node instanceof OpenedRows opened) {
      return context -> opened.rows();
    }
    if (node instanceof Window window) {
      return window(window);
    }
    if (node instanceof TableFunctionScan function) {
      return TableFunctions.compile(function, expressions);
    }
    throw ExpressionCompiler.unsupported(
        "%s is not supported yet".formatted(node.getRelTypeName()));
  }

  private static ImmutableBitSet references(List<RexNode> nodes) {
    return RelOptUtil.InputFinder.bits(nodes, null);
  }

  private Operator filter(Filter filter, ImmutableBitSet needed) {
    RexNode condition = filter.getCondition();
    ImmutableBitSet inputs = needed.union(RelOptUtil.InputFinder.bits(condition));
    Operator input =
        filter.getInput() instanceof TableScan scan
            ? scan(scan, condition, inputs)
            : compile(filter.getInput(), inputs);
    return new FilterOperator(input, expressions.compile(condition));
  }

  private Operator scan(TableScan scan, @Nullable RexNode condition, ImmutableBitSet needed) {
    SystemTable system = scan.getTable().unwrap(SystemTable.class);
    if (system instanceof SystemRelation relation) {
      return context -> new ListSource(relation.rows(context));
    }
    return new TableScanOperator(accessPath(scan, condition), needed);
  }

  AccessPath accessPath(TableScan scan, @Nullable RexNode condition) {
    return paths.of(table(scan), condition);
  }

  static TableSchema table(TableScan scan) {
    TableSchema table = scan.getTable().unwrap(TableSchema.class);
    if (table == null) {
      throw ExpressionCompiler.unsupported(
          "relation %s cannot be read here".formatted(scan.getTable().getQualifiedName()));
    }
    return table;
  }

  private Operator aggregate(Aggregate aggregate) {
    RelNode input = aggregate.getInput();
    ImmutableBitSet.Builder needed = ImmutableBitSet.builder();
    needed.addAll(aggregate.getGroupSet());
    List<AggregateOperator.Call> calls = new ArrayList<>();
    for (AggregateCall call : aggregate.getAggCallList()) {
      call.getArgList().forEach(needed::set);
      call.getCollation().getKeys().forEach(needed::set);
      if (call.filterArg >= 0) {
        needed.set(call.filterArg);
      }
      calls.add(call(call, input));
    }
    List<AggregateOperator.GroupingSet> sets = new ArrayList<>();
    for (ImmutableBitSet set : aggregate.getGroupSets()) {
      int[] columns = set.toArray();
      int[] positions = new int[columns.length];
      List<Expression> keys = new ArrayList<>();
      for (int i = 0; i < columns.length; i++) {
        positions[i] = aggregate.getGroupSet().indexOf(columns[i]);
        keys.add(ExpressionCompiler.column(columns[i]));
      }
      sets.add(new AggregateOperator.GroupingSet(keys, columns, positions));
    }
    return new AggregateOperator(
        compile(input, needed.build()), sets, aggregate.getGroupCount(), calls);
  }

  private AggregateOperator.Call call(AggregateCall call, RelNode input) {
    List<RelDataType> types =
        call.getArgList().stream()
            .map(i -> input.getRowType().getFieldList().get(i).getType())
            .toList();
    List<Expression> distinctKeys =
        call.isDistinct()
            ? call.getArgList().stream().map(i -> ExpressionCompiler.column(i)).toList()
            : null;
    return new AggregateOperator.Call(
        Aggregates.of(call, types),
        call.getArgList().stream().mapToInt(Integer::intValue).toArray(),
        call.filterArg,
        distinctKeys,
        sortKeys(call.getCollation().getFieldCollations()));
  }

  private Operator sort(Sort sort, ImmutableBitSet needed) {
    List<RelFieldCollation> collations = sort.getCollation().getFieldCollations();
    ImmutableBitSet inputs = needed.union(ImmutableBitSet.of(sort.getCollation().getKeys()));
    Operator rows = compile(sort.getInput(), inputs);
    Expression offset = sort.offset == null ? null : expressions.compile(sort.offset);
    Expression fetch = sort.fetch == null ? null : expressions.compile(sort.fetch);
    if (!collations.isEmpty() && !KeyOrder.provides(sort.getInput(), collations, this)) {
      rows = new SortOperator(rows, sortKeys(collations), top(offset, fetch));
    }
    return offset == null && fetch == null ? rows : new LimitOperator(rows, offset, fetch);
  }

  private Operator window(Window window) {
    RelNode input = window.getInput();
    List<WindowOperator.Window> windows = new ArrayList<>();
    for (Window.Group group : window.groups) {
      List<SortOperator.Key> partition = new ArrayList<>();
      group.keys.forEachInt(column -> partition.add(new SortOperator.Key(column, false, false)));
      List<WindowOperator.Ranking> rankings = new ArrayList<>();
      for (Window.RexWinAggCall call : group.aggCalls) {
        rankings.add(
            switch (call.getOperator().getKind()) {
              case ROW_NUMBER -> WindowOperator.Ranking.ROW_NUMBER;
              case RANK -> WindowOperator.Ranking.RANK;
              case DENSE_RANK -> WindowOperator.Ranking.DENSE_RANK;
              default ->
                  throw ExpressionCompiler.unsupported(
                      "window function %s is not supported yet"
                          .formatted(call.getOperator().getName()));
            });
      }
      windows.add(
          new WindowOperator.Window(
              partition, sortKeys(group.orderKeys.getFieldCollations()), rankings));
    }
    return new WindowOperator(
        compile(input, all(input)), input.getRowType().getFieldCount(), windows);
  }

  /** How many rows of the sorted input are read at most; null where that is not bounded. */
  private static @Nullable Expression top(@Nullable Expression offset, @Nullable Expression fetch) {
    if (fetch == null) {
      return null;
    }
    return (row, context) -> {
      Object take = fetch.eval(row, context);
      Object skip = offset == null ? (Object) 0L : offset.eval(row, context);
      return take instanceof Number t && (skip == null || skip instanceof Number)
          ? (Object) (t.longValue() + (skip == null ? 0 : ((Number) skip).longValue()))
          : null;
    };
  }

  private static List<SortOperator.Key> sortKeys(List<RelFieldCollation> collations) {
    List<SortOperator.Key> keys = new ArrayList<>(collations.size());
    for (RelFieldCollation collation : collations) {
      boolean descending = collation.getDirection().isDescending();
      boolean nullsFirst =
          switch (collation.nullDirection) {
            case FIRST -> true;
            case LAST -> false;
            case UNSPECIFIED -> descending;
          };
      keys.add(new SortOperator.Key(collation.getFieldIndex(), descending, nullsFirst));
    }
    return keys;
  }

  private Operator set(SetOp set) {
    List<Operator> inputs = set.getInputs().stream().map(i -> compile(i, all(i))).toList();
    SetOperator.Kind kind =
        switch (set.kind) {
          case UNION -> SetOperator.Kind.UNION;
          case INTERSECT -> SetOperator.Kind.INTERSECT;
          default -> SetOperator.Kind.EXCEPT;
        };
    return new SetOperator(
        kind, set.all, inputs, ExpressionCompiler.columns(set.getRowType().getFieldCount()));
  }

  private Operator correlate(Correlate correlate) {
    RelNode left = correlate.getLeft();
    RelNode right = correlate.getRight();
    return new CorrelateOperator(
        compile(left, all(left)),
        compile(right, all(right)),
        correlate.getCorrelationId().getId(),
        correlateKind(correlate.getJoinType()),
        left.getRowType().getFieldCount(),
        right.getRowType().getFieldCount());
  }

  static CorrelateOperator.Kind correlateKind(JoinRelType type) {
    return switch (type) {
      case LEFT -> CorrelateOperator.Kind.LEFT;
      case SEMI -> CorrelateOperator.Kind.SEMI;
      case ANTI -> CorrelateOperator.Kind.ANTI;
      default -> CorrelateOperator.Kind.INNER;
    };
  }
}
