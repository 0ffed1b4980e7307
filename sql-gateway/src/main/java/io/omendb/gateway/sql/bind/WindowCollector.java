package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Window.Group;
import org.apache.calcite.rel.core.Window.RexWinAggCall;
import org.apache.calcite.rel.logical.LogicalWindow;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexWindowBounds;
import org.apache.calcite.rex.RexWindowExclusion;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.util.ImmutableBitSet;

/**
 * The window functions of one query level: row_number, rank and dense_rank, which number rows and
 * look at no frame. While its expressions are bound, call k is written as a reference to field
 * {@code inputFields + k}, beyond the input's row; {@link #over} makes the plan that has them, and
 * {@link #rewrite} turns an expression over input and calls into one over that plan's row.
 */
final class WindowCollector {
  private static final Map<String, SqlAggFunction> FUNCTIONS =
      Map.of(
          "row_number", SqlStdOperatorTable.ROW_NUMBER,
          "rank", SqlStdOperatorTable.RANK,
          "dense_rank", SqlStdOperatorTable.DENSE_RANK);
  private static final RelDataType BIGINT = RelTypes.rel(PgTypes.INT8, false);

  /** PARTITION BY and ORDER BY; {@code orderedFields} are positions in {@link #keys}. */
  private record Window(List<Integer> partitionedBy, List<RelFieldCollation> orderedBy) {}

  private record Call(SqlAggFunction function, Window window) {}

  private final Scope scope;
  private final int inputFields;

  /** What windows partition and order by, each once. */
  private final List<RexNode> keys = new ArrayList<>();

  private final List<Call> calls = new ArrayList<>();

  /** Field of each call in the plan that {@link #over} made. */
  private final List<Integer> fields = new ArrayList<>();

  WindowCollector(Scope scope) {
    this.scope = scope;
    this.inputFields = scope.rel().getRowType().getFieldCount();
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  /** Registers {@code function() OVER (window)}, or finds the same one again. */
  Expr add(SqlCall over, ExpressionBinder binder, Coercion coercion) {
    int position = BindErrors.position(over);
    SqlCall called = over.operand(0);
    SqlIdentifier id = called.getOperator().getNameAsId();
    String name = id == null ? "" : id.names.get(id.names.size() - 1);
    SqlAggFunction function = FUNCTIONS.get(name);
    boolean named = !(over.operand(1) instanceof SqlWindow);
    if (function == null || called.operandCount() > 0 || named) {
      throw BindErrors.notSupported(
          named ? "a named window" : "the window function " + name, position);
    }
    SqlWindow window = over.operand(1);
    if (window.getRefName() != null
        || window.getLowerBound() != null
        || window.getUpperBound() != null) {
      throw BindErrors.notSupported("a window's frame or name", position);
    }
    List<Integer> partitionedBy = new ArrayList<>();
    for (SqlNode node : window.getPartitionList()) {
      partitionedBy.add(key(node, binder, coercion));
    }
    List<RelFieldCollation> orderedBy = new ArrayList<>();
    for (SqlNode node : window.getOrderList()) {
      SortBinder.Key key = SortBinder.Key.of(node);
      orderedBy.add(key.collation(key(key.expression(), binder, coercion)));
    }
    Call call = new Call(function, new Window(partitionedBy, orderedBy));
    int index = calls.indexOf(call);
    if (index < 0) {
      index = calls.size();
      calls.add(call);
    }
    return Expr.of(new RexInputRef(inputFields + index, BIGINT), PgTypes.INT8, position);
  }

  private int key(SqlNode node, ExpressionBinder binder, Coercion coercion) {
    RexNode key = coercion.settled(binder.bind(node)).rex();
    int index = keys.indexOf(key);
    if (index < 0) {
      index = keys.size();
      keys.add(key);
    }
    return index;
  }

  /** The input's fields, the keys, and the calls, those of one window together. */
  RelNode over(RelNode input, Plans plans, Coercion coercion) {
    List<RexNode> below = new ArrayList<>();
    for (int i = 0; i < inputFields; i++) {
      below.add(coercion.rex().makeInputRef(input, i));
    }
    below.addAll(keys);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < below.size(); i++) {
      names.add("$w" + i);
    }
    RelNode projected = plans.project(input, below, names, scope);
    Map<Window, List<Integer>> byWindow = new LinkedHashMap<>();
    for (int i = 0; i < calls.size(); i++) {
      byWindow.computeIfAbsent(calls.get(i).window(), w -> new ArrayList<>()).add(i);
      fields.add(0);
    }
    RelDataTypeFactory.Builder row = RelTypes.FACTORY.builder();
    row.addAll(projected.getRowType().getFieldList());
    List<Group> groups = new ArrayList<>();
    int field = below.size();
    for (Map.Entry<Window, List<Integer>> entry : byWindow.entrySet()) {
      List<RexWinAggCall> group = new ArrayList<>();
      for (int call : entry.getValue()) {
        group.add(
            new RexWinAggCall(
                SqlParserPos.ZERO,
                calls.get(call).function(),
                BIGINT,
                ImmutableList.of(),
                call,
                false,
                false));
        row.add("$call" + call, BIGINT);
        fields.set(call, field++);
      }
      groups.add(group(entry.getKey(), group));
    }
    return LogicalWindow.create(
        projected.getTraitSet(),
        ImmutableList.of(),
        projected,
        ImmutableList.of(),
        row.build(),
        groups);
  }

  private Group group(Window window, List<RexWinAggCall> group) {
    ImmutableBitSet.Builder partition = ImmutableBitSet.builder();
    window.partitionedBy().forEach(key -> partition.set(inputFields + key));
    List<RelFieldCollation> order = new ArrayList<>();
    for (RelFieldCollation key : window.orderedBy()) {
      order.add(key.withFieldIndex(inputFields + key.getFieldIndex()));
    }
    return new Group(
        partition.build(),
        true,
        RexWindowBounds.UNBOUNDED_PRECEDING,
        RexWindowBounds.CURRENT_ROW,
        RexWindowExclusion.EXCLUDE_NO_OTHER,
        RelCollations.of(order),
        group);
  }

  /** Over the row of {@link #over}'s plan. */
  RexNode rewrite(RexNode expression) {
    return expression.accept(
        new RexShuttle() {
          @Override
          public RexNode visitInputRef(RexInputRef ref) {
            return ref.getIndex() < inputFields
                ? ref
                : new RexInputRef(fields.get(ref.getIndex() - inputFields), ref.getType());
          }
        });
  }
}
