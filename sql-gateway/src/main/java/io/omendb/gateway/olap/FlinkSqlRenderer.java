package io.omendb.gateway.olap;

import io.omendb.gateway.olap.FlinkExpressions.Rendered;
import io.omendb.gateway.olap.FlinkTypes.Carried;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Intersect;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Minus;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.SetOp;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.core.Union;
import org.apache.calcite.rel.core.Values;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/**
 * Renders a relational plan as Flink SQL. Every node becomes one derived table whose columns are
 * c0, c1, … in the order of its fields: names and scopes of the original text play no part, and
 * Flink's optimizer merges the nesting away. Calcite's own converter to SQL was not taken: it
 * re-invents aliases and scopes, and cannot put a function of ours in an operator's place.
 */
final class FlinkSqlRenderer {
  private final FlinkExpressions expressions;
  private final Map<Integer, TableSchema> tables = new LinkedHashMap<>();
  private int aliasCount;

  FlinkSqlRenderer(FlinkExpressions expressions) {
    this.expressions = expressions;
  }

  /** The tables that the rendered text reads, by id. */
  Map<Integer, TableSchema> tables() {
    return tables;
  }

  /** The name under which a table is registered for the query. */
  static String tableName(int tableId) {
    return "omendb_table_" + tableId;
  }

  /** Text of a query whose columns are c0, c1, … and how they travel. */
  record Relation(String sql, List<Carried> columns) {}

  /** The query; its order is kept where the root is a sort. */
  Relation render(RelNode node) {
    if (node instanceof TableScan scan) {
      return scan(scan);
    }
    if (node instanceof Values values) {
      return values(values);
    }
    if (node instanceof Project project) {
      return project(project);
    }
    if (node instanceof Filter filter) {
      Input input = input(filter.getInput());
      String condition = expressions.render(filter.getCondition(), input::column).sql();
      return new Relation(
          "SELECT " + input.allColumns() + " FROM " + input.derived() + " WHERE " + condition,
          input.types());
    }
    if (node instanceof Join join) {
      return join(join);
    }
    if (node instanceof Aggregate aggregate) {
      return aggregate(aggregate);
    }
    if (node instanceof Sort sort) {
      return sort(sort);
    }
    if (node instanceof SetOp setOp) {
      return setOp(setOp);
    }
    throw new UnsupportedPlanException(
        "Flink has no counterpart of " + node.getRelTypeName() + " in this plan");
  }

  /** A rendered input under an alias. */
  private record Input(String alias, Relation relation) {
    List<Carried> types() {
      return relation.columns();
    }

    String name(int index) {
      return alias + ".c" + index;
    }

    Rendered column(int index) {
      return new Rendered(name(index), types().get(index));
    }

    String derived() {
      return "(" + relation.sql() + ") AS " + alias;
    }

    String allColumns() {
      return allColumns(0);
    }

    /** All columns, numbered from {@code first}. */
    String allColumns(int first) {
      StringJoiner joiner = new StringJoiner(", ");
      for (int i = 0; i < types().size(); i++) {
        joiner.add(name(i) + " AS c" + (first + i));
      }
      return types().isEmpty() ? "1 AS c0" : joiner.toString();
    }
  }

  private Input input(RelNode node) {
    String alias = alias();
    return new Input(alias, render(node));
  }

  private String alias() {
    return "t" + aliasCount++;
  }

  private Relation project(Project project) {
    Input input = input(project.getInput());
    List<Carried> types = new ArrayList<>();
    StringJoiner list = new StringJoiner(", ");
    for (RexNode expression : project.getProjects()) {
      Rendered rendered = expressions.render(expression, input::column);
      list.add(rendered.sql() + " AS c" + types.size());
      types.add(rendered.type());
    }
    String select = types.isEmpty() ? "1 AS c0" : list.toString();
    return new Relation("SELECT " + select + " FROM " + input.derived(), types);
  }

  private Relation scan(TableScan scan) {
    TableSchema schema = scan.getTable().unwrap(TableSchema.class);
    if (schema == null) {
      throw new UnsupportedPlanException(
          "system table "
              + String.join(".", scan.getTable().getQualifiedName())
              + " is served by the gateway only");
    }
    tables.put(schema.tableId(), schema);
    String alias = alias();
    StringJoiner joiner = new StringJoiner(", ");
    List<Carried> types = new ArrayList<>();
    int declaredCount = schema.columns().size();
    List<RelDataTypeField> fields = scan.getRowType().getFieldList();
    for (int i = 0; i < fields.size(); i++) {
      // The hidden row key has no counterpart in the lake; a query never asks for it.
      String column = i < declaredCount ? alias + ".c" + i : "CAST(NULL AS BYTES)";
      joiner.add(column + " AS c" + i);
      types.add(
          i < declaredCount
              ? FlinkTypes.column(schema.columns().get(i).type())
              : FlinkTypes.require(fields.get(i).getType()));
    }
    return new Relation(
        "SELECT " + joiner + " FROM " + tableName(schema.tableId()) + " AS " + alias, types);
  }

  private Relation values(Values values) {
    List<RelDataTypeField> fields = values.getRowType().getFieldList();
    if (fields.isEmpty()) {
      throw new UnsupportedPlanException("rows without columns have no form in Flink SQL");
    }
    List<List<Rendered>> tuples = new ArrayList<>();
    for (List<? extends RexNode> tuple : values.getTuples()) {
      List<Rendered> row = new ArrayList<>();
      for (RexNode value : tuple) {
        row.add(expressions.render(value, FlinkSqlRenderer::unexpected));
      }
      tuples.add(row);
    }
    List<Carried> types = new ArrayList<>();
    for (RelDataTypeField field : fields) {
      int index = types.size();
      types.add(commonType(field, tuples.stream().map(row -> row.get(index).type()).toList()));
    }
    StringJoiner union = new StringJoiner(" UNION ALL ");
    for (List<Rendered> tuple : tuples) {
      StringJoiner row = new StringJoiner(", ");
      for (int i = 0; i < types.size(); i++) {
        row.add("CAST(" + tuple.get(i).sql() + " AS " + types.get(i).sql() + ") AS c" + i);
      }
      union.add("SELECT " + row + " FROM (VALUES (0)) AS " + alias() + "(x)");
    }
    if (values.getTuples().isEmpty()) {
      StringJoiner nulls = new StringJoiner(", ");
      for (int i = 0; i < types.size(); i++) {
        nulls.add(FlinkLiterals.literal(null, types.get(i)) + " AS c" + i);
      }
      union.add("SELECT " + nulls + " FROM (VALUES (0)) AS " + alias() + "(x) WHERE FALSE");
    }
    return new Relation(union.toString(), types);
  }

  private static Rendered unexpected(int index) {
    throw new IllegalStateException("a constant reads input " + index);
  }

  private Relation join(Join join) {
    Input left = input(join.getLeft());
    Input right = input(join.getRight());
    int leftCount = left.types().size();
    String condition =
        expressions
            .render(
                join.getCondition(),
                index -> index < leftCount ? left.column(index) : right.column(index - leftCount))
            .sql();
    JoinRelType type = join.getJoinType();
    if (type == JoinRelType.SEMI || type == JoinRelType.ANTI) {
      String text =
          "SELECT %s FROM %s WHERE %s (SELECT 1 FROM %s WHERE %s)"
              .formatted(
                  left.allColumns(),
                  left.derived(),
                  type == JoinRelType.SEMI ? "EXISTS" : "NOT EXISTS",
                  right.derived(),
                  condition);
      return new Relation(text, left.types());
    }
    String keyword =
        switch (type) {
          case INNER -> "JOIN";
          case LEFT -> "LEFT JOIN";
          case RIGHT -> "RIGHT JOIN";
          case FULL -> "FULL JOIN";
          default ->
              throw new UnsupportedPlanException("Flink has no counterpart of a " + type + " join");
        };
    List<Carried> types = new ArrayList<>(left.types());
    types.addAll(right.types());
    String text =
        "SELECT %s, %s FROM %s %s %s ON %s"
            .formatted(
                left.allColumns(),
                right.allColumns(leftCount),
                left.derived(),
                keyword,
                right.derived(),
                condition);
    return new Relation(text, types);
  }

  private Relation aggregate(Aggregate aggregate) {
    if (aggregate.getGroupType() != Aggregate.Group.SIMPLE) {
      throw new UnsupportedPlanException("grouping sets run in the gateway only");
    }
    Input input = input(aggregate.getInput());
    List<Rendered> outputs = new ArrayList<>();
    StringJoiner groups = new StringJoiner(", ");
    for (int key : aggregate.getGroupSet()) {
      outputs.add(input.column(key));
      groups.add(input.name(key));
    }
    for (AggregateCall call : aggregate.getAggCallList()) {
      outputs.add(aggregateCall(call, input));
    }
    StringJoiner select = new StringJoiner(", ");
    for (int i = 0; i < outputs.size(); i++) {
      select.add(outputs.get(i).sql() + " AS c" + i);
    }
    String list = outputs.isEmpty() ? "1 AS c0" : select.toString();
    String grouping = aggregate.getGroupSet().isEmpty() ? "" : " GROUP BY " + groups;
    return new Relation(
        "SELECT " + list + " FROM " + input.derived() + grouping,
        outputs.stream().map(Rendered::type).toList());
  }

  private static Rendered aggregateCall(AggregateCall call, Input input) {
    Rendered rendered =
        switch (call.getAggregation().getKind()) {
          case COUNT -> count(call, input);
          case SUM, SUM0 -> sum(call, input);
          case MIN, MAX -> extreme(call, input);
          default -> null;
        };
    if (rendered == null) {
      throw new UnsupportedPlanException(
          "aggregate "
              + call.getAggregation().getName().toLowerCase(Locale.ROOT)
              + " over this type runs in the gateway only");
    }
    return rendered;
  }

  private static String distinct(AggregateCall call) {
    return call.isDistinct() ? "DISTINCT " : "";
  }

  private static String filtered(AggregateCall call, Input input) {
    return call.hasFilter() ? " FILTER (WHERE " + input.name(call.filterArg) + ")" : "";
  }

  private static @Nullable Rendered count(AggregateCall call, Input input) {
    if (call.getArgList().size() > 1) {
      return null;
    }
    String argument =
        call.getArgList().isEmpty() ? "*" : distinct(call) + input.name(call.getArgList().get(0));
    return new Rendered(
        "COUNT(" + argument + ")" + filtered(call, input), FlinkTypes.require(call.getType()));
  }

  private static @Nullable Rendered sum(AggregateCall call, Input input) {
    Rendered argument = input.column(call.getArgList().get(0));
    Carried result = FlinkTypes.require(call.getType());
    if (result.kind() == Kind.NUMERIC) {
      if (!argument.type().isExactNumber()) {
        return null;
      }
      result = FlinkTypes.decimal(ColumnType.NUMERIC_PRECISION_MAX, argument.type().scale());
    }
    String sum =
        "SUM("
            + distinct(call)
            + "CAST("
            + argument.sql()
            + " AS "
            + result.sql()
            + "))"
            + filtered(call, input);
    // The sum of no rows: PostgreSQL's is NULL, the optimizer's own SUM0 is 0.
    return new Rendered(
        call.getAggregation().getKind() == SqlKind.SUM0
            ? "COALESCE(" + sum + ", CAST(0 AS " + result.sql() + "))"
            : sum,
        result);
  }

  private static @Nullable Rendered extreme(AggregateCall call, Input input) {
    Rendered argument = input.column(call.getArgList().get(0));
    return switch (argument.type().kind()) {
      // NaN is the largest in PostgreSQL; bytes have no order in Flink.
      case REAL, DOUBLE, BYTEA, UUID, BOOLEAN, CHAR -> null;
      case SMALLINT, INTEGER, BIGINT, NUMERIC, TEXT, VARCHAR, DATE, TIME, TIMESTAMP, TIMESTAMPTZ ->
          new Rendered(
              call.getAggregation().getKind() + "(" + argument.sql() + ")" + filtered(call, input),
              argument.type());
    };
  }

  private Relation sort(Sort sort) {
    Input input = input(sort.getInput());
    StringBuilder out = new StringBuilder("SELECT ");
    out.append(input.allColumns()).append(" FROM ").append(input.derived());
    StringJoiner keys = new StringJoiner(", ");
    for (RelFieldCollation key : sort.getCollation().getFieldCollations()) {
      boolean descending = key.getDirection().isDescending();
      boolean nullsFirst =
          switch (key.nullDirection) {
            case FIRST -> true;
            case LAST -> false;
            case UNSPECIFIED -> descending;
          };
      keys.add(
          input.name(key.getFieldIndex())
              + (descending ? " DESC" : " ASC")
              + (nullsFirst ? " NULLS FIRST" : " NULLS LAST"));
    }
    if (keys.length() > 0) {
      out.append(" ORDER BY ").append(keys);
    }
    Long limit = sort.fetch == null ? null : rowCount(sort.fetch, LIMIT);
    Long offset = sort.offset == null ? null : rowCount(sort.offset, OFFSET);
    if (limit != null || offset != null) {
      out.append(" LIMIT ").append(limit == null ? Integer.MAX_VALUE : limit);
    }
    if (offset != null) {
      out.append(" OFFSET ").append(offset);
    }
    return new Relation(out.toString(), input.types());
  }

  private static final ErrorCode LIMIT = ErrorCode.INVALID_ROW_COUNT_IN_LIMIT_CLAUSE;
  private static final ErrorCode OFFSET = ErrorCode.INVALID_ROW_COUNT_IN_OFFSET_CLAUSE;

  private @Nullable Long rowCount(RexNode node, ErrorCode errorIfNegative) {
    Long count = expressions.longValue(node);
    if (count != null && count < 0) {
      throw new OmenException(
          errorIfNegative,
          (errorIfNegative == LIMIT ? "LIMIT" : "OFFSET") + " must not be negative");
    }
    return count == null ? null : Math.min(count, Integer.MAX_VALUE);
  }

  private Relation setOp(SetOp setOp) {
    String operator;
    if (setOp instanceof Union) {
      operator = " UNION ";
    } else if (setOp instanceof Intersect) {
      operator = " INTERSECT ";
    } else if (setOp instanceof Minus) {
      operator = " EXCEPT ";
    } else {
      throw new UnsupportedPlanException("Flink has no counterpart of " + setOp.getRelTypeName());
    }
    List<Input> inputs = setOp.getInputs().stream().map(this::input).toList();
    List<Carried> types = new ArrayList<>();
    for (RelDataTypeField field : setOp.getRowType().getFieldList()) {
      int index = types.size();
      types.add(commonType(field, inputs.stream().map(i -> i.types().get(index)).toList()));
    }
    StringJoiner joiner = new StringJoiner(setOp.all ? operator + "ALL " : operator);
    for (Input input : inputs) {
      StringJoiner list = new StringJoiner(", ");
      for (int i = 0; i < types.size(); i++) {
        list.add("CAST(" + input.name(i) + " AS " + types.get(i).sql() + ") AS c" + i);
      }
      joiner.add("(SELECT " + list + " FROM " + input.derived() + ")");
    }
    return new Relation(joiner.toString(), types);
  }

  private static Carried commonType(RelDataTypeField field, List<Carried> branches) {
    Carried type = FlinkTypes.require(field.getType());
    if (type.kind() != Kind.NUMERIC || !branches.stream().allMatch(Carried::isExactNumber)) {
      return type;
    }
    return FlinkTypes.decimal(
        branches.stream().mapToInt(Carried::integerDigits).max().orElse(1),
        branches.stream().mapToInt(Carried::scale).max().orElse(0));
  }
}
