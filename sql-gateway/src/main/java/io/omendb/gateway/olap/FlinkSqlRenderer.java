package io.omendb.gateway.olap;

import io.omendb.gateway.olap.Relation.Input;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Intersect;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.Minus;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.SetOp;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.core.Union;
import org.apache.calcite.rel.core.Values;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/**
 * Renders a relational plan as Flink SQL. Every node becomes one derived table whose columns are
 * c0, c1, … in the order of its fields: names and scopes of the original text play no part, and
 * Flink's optimizer merges the nesting away. Calcite's own converter to SQL was not taken: it
 * re-invents aliases and scopes, and cannot put a function of ours in an operator's place.
 *
 * <p>A node is rendered only where Flink gives PostgreSQL's rows, which depends on the types that
 * it compares, groups, sorts or sums; anything else is an {@link UnsupportedPlanException}.
 */
final class FlinkSqlRenderer {
  private static final int VALUES_MAX = 200;

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

  /** The query; its order is kept where the root is a sort. */
  Relation render(RelNode node) {
    if (node instanceof TableScan scan) {
      return scan(scan);
    }
    if (node instanceof Values values) {
      return values(values);
    }
    if (node instanceof Project project) {
      return project(project, Set.of());
    }
    if (node instanceof Filter filter) {
      Input input = input(filter.getInput());
      String condition = expressions.condition(filter.getCondition(), input::column);
      return new Relation(
          "SELECT " + input.allColumns() + " FROM " + input.derived() + " WHERE " + condition,
          input.types());
    }
    if (node instanceof Join join) {
      return new FlinkJoin(expressions, input(join.getLeft()), input(join.getRight())).render(join);
    }
    if (node instanceof Aggregate aggregate) {
      return FlinkAggregate.of(this, aggregate).render();
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

  FlinkExpressions expressions() {
    return expressions;
  }

  Input input(RelNode node) {
    String alias = alias();
    return render(node).as(alias);
  }

  String alias() {
    return "t" + aliasCount++;
  }

  /** {@code summed} are the columns that are only going to be summed. */
  Relation project(Project project, Set<Integer> summed) {
    Input input = input(project.getInput());
    List<Carried> types = new ArrayList<>();
    StringJoiner list = new StringJoiner(", ");
    for (RexNode expression : project.getProjects()) {
      Rendered rendered =
          summed.contains(types.size())
              ? expressions.renderSummand(expression, input::column)
              : expressions.render(expression, input::column);
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
    if (values.getTuples().size() > VALUES_MAX) {
      throw new UnsupportedPlanException(
          "a list of more than %d rows is too long for a Flink job".formatted(VALUES_MAX));
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
      types.add(unionType(field, tuples.stream().map(row -> row.get(index).type()).toList()));
    }
    StringJoiner union = new StringJoiner(" UNION ALL ");
    for (List<Rendered> tuple : tuples) {
      StringJoiner row = new StringJoiner(", ");
      for (int i = 0; i < types.size(); i++) {
        row.add(as(tuple.get(i), types.get(i)) + " AS c" + i);
      }
      union.add("SELECT " + row + " FROM (VALUES (0)) AS " + alias() + "(x)");
    }
    if (values.getTuples().isEmpty()) {
      StringJoiner nulls = new StringJoiner(", ");
      for (int i = 0; i < types.size(); i++) {
        nulls.add("CAST(NULL AS " + types.get(i).sql() + ") AS c" + i);
      }
      union.add("SELECT " + nulls + " FROM (VALUES (0)) AS " + alias() + "(x) WHERE FALSE");
    }
    return new Relation(union.toString(), types);
  }

  private static Rendered unexpected(int index) {
    throw new IllegalStateException("a constant reads input " + index);
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
      if (!input.types().get(key.getFieldIndex()).hasExactOrder()) {
        throw new UnsupportedPlanException(
            "Flink does not sort %s as PostgreSQL does"
                .formatted(input.types().get(key.getFieldIndex()).pgType().sqlName()));
      }
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
    if (count != null && count > Integer.MAX_VALUE) {
      throw new UnsupportedPlanException("LIMIT and OFFSET end at 2147483647 in Flink");
    }
    return count;
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
      Carried type = unionType(field, inputs.stream().map(i -> i.types().get(index)).toList());
      if (!type.hasExactEquality() && !(setOp instanceof Union && setOp.all)) {
        throw new UnsupportedPlanException(
            "Flink does not tell equal values of type %s as PostgreSQL does"
                .formatted(type.pgType().sqlName()));
      }
      types.add(type);
    }
    StringJoiner joiner = new StringJoiner(setOp.all ? operator + "ALL " : operator);
    for (Input input : inputs) {
      StringJoiner list = new StringJoiner(", ");
      for (int i = 0; i < types.size(); i++) {
        list.add(as(input.column(i), types.get(i)) + " AS c" + i);
      }
      String columns = types.isEmpty() ? "1 AS c0" : list.toString();
      joiner.add("(SELECT " + columns + " FROM " + input.derived() + ")");
    }
    return new Relation(joiner.toString(), types);
  }

  /** The type of a column that comes from several branches; text where they have no common one. */
  private static Carried unionType(RelDataTypeField field, List<Carried> branches) {
    Carried type = FlinkTypes.require(field.getType());
    for (Carried branch : branches) {
      boolean same =
          type.pgType() == branch.pgType()
              || (type.isString() && branch.isString())
              || (type.isInteger() && branch.isInteger());
      if (!same) {
        throw new UnsupportedPlanException(
            "a column of %s and %s".formatted(type.pgType().sqlName(), branch.pgType().sqlName()));
      }
    }
    if (type.isInteger()) {
      return type;
    }
    Carried common = null;
    for (Carried branch : branches) {
      common = common == null ? branch : FlinkOperators.oneType(common, branch);
      if (common == null) {
        return Carried.asText(type.pgType());
      }
    }
    return common == null ? type : common;
  }

  private String as(Rendered value, Carried type) {
    return type.isText() ? expressions.asText(value).sql() : value.castTo(type).sql();
  }
}
