package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelCollation;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.logical.LogicalAggregate;
import org.apache.calcite.rel.logical.LogicalCorrelate;
import org.apache.calcite.rel.logical.LogicalJoin;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOrderBy;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.calcite.util.Litmus;
import org.apache.calcite.util.Util;
import org.jspecify.annotations.Nullable;

/**
 * One SELECT: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT, ORDER BY, LIMIT, in that
 * order. Sort keys that are not selected are computed beside the select list and dropped at the
 * end.
 */
final class SelectBinder {
  private final QueryBinder queries;
  private final Coercion coercion;
  private final @Nullable Scope parent;
  private final Scope.@Nullable Ctes ctes;
  private final @Nullable List<PgType> targets;

  SelectBinder(
      QueryBinder queries,
      @Nullable Scope parent,
      Scope.@Nullable Ctes ctes,
      @Nullable List<PgType> targets) {
    this.queries = queries;
    this.coercion = queries.coercion();
    this.parent = parent;
    this.ctes = ctes;
    this.targets = targets;
  }

  /** A select list item after stars are expanded: a column of the scope or an expression. */
  private record Item(
      @Nullable SqlNode node, @Nullable ScopeColumn column, String name, int position) {}

  Relation bind(SqlSelect select, @Nullable SqlOrderBy order) {
    if (select.getQualify() != null || !select.getWindowList().isEmpty()) {
      throw BindErrors.notSupported("WINDOW", BindErrors.position(select));
    }
    Relation from =
        select.getFrom() == null
            ? new Relation(queries.plans().oneRow(), List.of())
            : new FromBinder(queries, parent, ctes).bind(select.getFrom());
    RelNode input = from.rel();
    if (select.getWhere() != null) {
      Scope scope = new Scope(input, from.columns(), parent);
      RexNode condition =
          new ExpressionBinder(queries, scope, ctes, "WHERE").condition(select.getWhere()).rex();
      input = queries.plans().filter(input, condition, scope);
    }
    Relation filtered = new Relation(input, from.columns());
    SetReturning series = new SetReturning(select.getSelectList());
    if (series.call != null) {
      filtered = series.join(filtered);
    }
    Scope scope = new Scope(filtered.rel(), filtered.columns(), parent);
    List<Item> items = items(select.getSelectList(), scope, series);
    boolean grouped =
        select.getGroup() != null
            || select.getHaving() != null
            || containsAggregate(select.getSelectList())
            || (order != null && containsAggregate(order.orderList));
    return grouped
        ? grouped(select, order, scope, items, series)
        : plain(select, order, scope, items, series);
  }

  /** A select list over a relation, without anything else: RETURNING. */
  Relation projection(SqlSelect select, Relation input) {
    Scope scope = new Scope(input.rel(), input.columns(), parent);
    SetReturning none = new SetReturning(SqlNodeList.EMPTY);
    List<Item> items = items(select.getSelectList(), scope, none);
    return plain(select, null, scope, items, none);
  }

  private List<Item> items(SqlNodeList list, Scope scope, SetReturning series) {
    List<Item> items = new ArrayList<>();
    for (SqlNode node : list) {
      if (node instanceof SqlIdentifier star && star.isStar()) {
        addStar(star, scope, series, items);
        continue;
      }
      SqlNode expression = node;
      String name = null;
      if (node.getKind() == SqlKind.AS) {
        expression = ((SqlCall) node).operand(0);
        name = ((SqlIdentifier) ((SqlCall) node).operand(1)).getSimple();
      }
      String columnName = name == null ? defaultName(expression) : name;
      int position = BindErrors.position(expression);
      boolean isSeries = series.call != null && expression.equalsDeep(series.call, Litmus.IGNORE);
      items.add(
          isSeries
              ? new Item(
                  null, scope.columns().get(scope.columns().size() - 1), columnName, position)
              : new Item(expression, null, columnName, position));
    }
    return items;
  }

  private static void addStar(
      SqlIdentifier star, Scope scope, SetReturning series, List<Item> items) {
    int position = BindErrors.position(star);
    List<String> qualifier = Util.skipLast(star.names);
    int before = items.size();
    int count = scope.columns().size() - (series.call == null ? 0 : 1);
    for (ScopeColumn column : scope.columns().subList(0, count)) {
      boolean named =
          qualifier.isEmpty()
              ? column.visible()
              : qualifier.get(qualifier.size() - 1).equals(column.table());
      if (named) {
        items.add(new Item(null, column, column.name(), position));
      }
    }
    if (items.size() == before) {
      if (qualifier.isEmpty()) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR, "SELECT * with no tables specified is not valid", position);
      }
      throw BindErrors.error(
          ErrorCode.UNDEFINED_TABLE,
          "missing FROM-clause entry for table \"%s\""
              .formatted(qualifier.get(qualifier.size() - 1)),
          position);
    }
  }

  /** PostgreSQL's FigureColname. */
  private static String defaultName(SqlNode node) {
    if (node instanceof SqlIdentifier identifier) {
      return identifier.names.get(identifier.names.size() - 1);
    }
    if (node instanceof SqlCase sqlCase) {
      SqlNode otherwise = sqlCase.getElseOperand();
      String name = otherwise == null ? "?column?" : defaultName(otherwise);
      return name.equals("?column?") ? "case" : name;
    }
    if (!(node instanceof SqlCall call)) {
      return "?column?";
    }
    return switch (call.getKind()) {
      case CAST -> {
        String inner = defaultName(call.operand(0));
        yield inner.equals("?column?") ? castName(call.operand(1)) : inner;
      }
      case EXISTS -> "exists";
      case ARRAY_VALUE_CONSTRUCTOR, ARRAY_QUERY_CONSTRUCTOR -> "array";
      case FILTER, ITEM, OVER -> defaultName(call.operand(0));
      case SELECT -> subqueryName((SqlSelect) call);
      case ORDER_BY -> defaultName(((SqlOrderBy) call).query);
      case DOT -> defaultName(call.operand(1));
      case EXTRACT -> "extract";
      case POSITION -> "position";
      case TRIM -> "btrim";
      default -> {
        SqlIdentifier id = call.getOperator().getNameAsId();
        String name = id == null ? "" : id.names.get(id.names.size() - 1);
        boolean function = call.getOperator() instanceof SqlFunction;
        if (call.getOperator().getName().equals("COLLATE")) {
          yield defaultName(call.operand(0));
        }
        if (name.equals("$position")) {
          yield "position";
        }
        yield call.getOperator().getName().equals("AT TIME ZONE")
            ? "timezone"
            : function ? name.toLowerCase(Locale.ROOT) : "?column?";
      }
    };
  }

  private static String subqueryName(SqlSelect select) {
    SqlNodeList list = select.getSelectList();
    if (list.size() != 1) {
      return "?column?";
    }
    SqlNode item = list.get(0);
    return item.getKind() == SqlKind.AS
        ? ((SqlIdentifier) ((SqlCall) item).operand(1)).getSimple()
        : defaultName(item);
  }

  private static String castName(SqlNode type) {
    try {
      String text = type.toString().replace("`", "");
      return TypeName.parse(text, 0).type().name();
    } catch (OmenException unknownType) {
      return "?column?";
    }
  }

  private Relation plain(
      SqlSelect select,
      @Nullable SqlOrderBy order,
      Scope scope,
      List<Item> items,
      SetReturning series) {
    WindowCollector windows = new WindowCollector(scope);
    ExpressionBinder binder =
        new ExpressionBinder(queries, scope, ctes, "SELECT")
            .collecting(windows)
            .replacing(series.call, series.value(scope));
    List<Expr> outputs = outputs(items, binder, scope);
    return finish(select, order, scope, outputs, items, binder, new Above(windows, null));
  }

  private List<Expr> outputs(List<Item> items, ExpressionBinder binder, Scope scope) {
    List<Expr> outputs = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      SqlNode node = item.node();
      ScopeColumn column = item.column();
      Expr e;
      if (node != null) {
        e = binder.bind(node);
      } else if (column != null && column.merged() != null) {
        e = Expr.of(column.merged(), column.type(), column.modifier(), item.position());
      } else if (column != null) {
        RexNode ref = coercion.rex().makeInputRef(scope.rel(), column.field());
        e = Expr.of(ref, column.type(), column.modifier(), item.position());
      } else {
        throw new IllegalStateException("an item is a column or an expression");
      }
      boolean takesTarget = e.type() == PgTypes.UNKNOWN && targets != null && i < targets.size();
      if (takesTarget && targets != null) {
        e = coercion.coerce(e, targets.get(i), Context.IMPLICIT);
      } else if (e.isUntypedParameter()) {
        e = coercion.settled(e);
      }
      outputs.add(e);
    }
    return outputs;
  }

  private Relation grouped(
      SqlSelect select,
      @Nullable SqlOrderBy order,
      Scope scope,
      List<Item> items,
      SetReturning series) {
    AggregateCollector collector = new AggregateCollector(coercion.rex(), scope);
    if (select.getGroup() != null) {
      for (SqlNode node : select.getGroup()) {
        for (SqlNode part : groupParts(node)) {
          collector.group(groupExpression(part, items, scope));
        }
      }
    }
    addDependentColumns(collector, scope);
    ExpressionBinder binder =
        new ExpressionBinder(queries, scope, ctes, "SELECT")
            .collecting(collector)
            .replacing(series.call, series.value(scope));
    List<Expr> outputs = outputs(items, binder, scope);
    Expr having =
        select.getHaving() == null
            ? null
            : new ExpressionBinder(queries, scope, ctes, "HAVING")
                .collecting(collector)
                .condition(select.getHaving());
    Grouping grouping = new Grouping(collector, having);
    return finish(select, order, scope, outputs, items, binder, new Above(null, grouping));
  }

  private record Grouping(AggregateCollector collector, @Nullable Expr having) {}

  /** What comes between the input and the select list: window functions, or groups. */
  private record Above(@Nullable WindowCollector windows, @Nullable Grouping grouping) {}

  private static List<SqlNode> groupParts(SqlNode node) {
    if (node.getKind() == SqlKind.ROW) {
      return ((SqlCall) node).getOperandList();
    }
    if (node instanceof SqlNodeList list) {
      return list.getList();
    }
    if (node.getKind() == SqlKind.ROLLUP
        || node.getKind() == SqlKind.CUBE
        || node.getKind() == SqlKind.GROUPING_SETS) {
      throw BindErrors.notSupported(node.getKind().name(), BindErrors.position(node));
    }
    return List.of(node);
  }

  /** An ordinal, an input column, or an output column's alias, in PostgreSQL's order. */
  private RexNode groupExpression(SqlNode node, List<Item> items, Scope scope) {
    int position = BindErrors.position(node);
    ExpressionBinder binder = new ExpressionBinder(queries, scope, ctes, "GROUP BY");
    if (node instanceof SqlNumericLiteral number && number.isInteger()) {
      int ordinal = number.intValue(false);
      if (ordinal < 1 || ordinal > items.size()) {
        throw BindErrors.error(
            ErrorCode.INVALID_COLUMN_REFERENCE,
            "GROUP BY position %d is not in select list".formatted(ordinal),
            position);
      }
      return settledOutput(items.get(ordinal - 1), binder, scope);
    }
    if (node.getKind() == SqlKind.LITERAL) {
      throw BindErrors.error(ErrorCode.SYNTAX_ERROR, "non-integer constant in GROUP BY", position);
    }
    if (node instanceof SqlIdentifier identifier
        && identifier.isSimple()
        && scope.columns().stream()
            .noneMatch(c -> c.unqualified() && c.name().equals(identifier.getSimple()))) {
      for (Item item : items) {
        if (item.name().equals(identifier.getSimple())) {
          return settledOutput(item, binder, scope);
        }
      }
    }
    return coercion.settled(binder.bind(node)).rex();
  }

  private RexNode settledOutput(Item item, ExpressionBinder binder, Scope scope) {
    return coercion.settled(outputs(List.of(item), binder, scope).get(0)).rex();
  }

  /** Columns of a table whose whole primary key is grouped depend on it. */
  private void addDependentColumns(AggregateCollector collector, Scope scope) {
    Map<String, List<ScopeColumn>> byTable = new HashMap<>();
    for (ScopeColumn column : scope.columns()) {
      if (column.tableId() != 0 && column.table() != null && column.merged() == null) {
        byTable
            .computeIfAbsent(column.table() + "#" + column.tableId(), t -> new ArrayList<>())
            .add(column);
      }
    }
    for (List<ScopeColumn> columns : byTable.values()) {
      List<Integer> key = queries.tables().primaryKey(columns.get(0).tableId());
      boolean whole = !key.isEmpty();
      for (int keyColumn : key) {
        boolean present = false;
        for (ScopeColumn column : columns) {
          present |=
              column.columnNumber() == keyColumn + 1
                  && collector.groups().contains(ref(scope, column));
        }
        whole &= present;
      }
      for (ScopeColumn column : whole ? columns : List.<ScopeColumn>of()) {
        collector.group(ref(scope, column));
      }
    }
  }

  private RexNode ref(Scope scope, ScopeColumn column) {
    return coercion.rex().makeInputRef(scope.rel(), column.field());
  }

  private Relation finish(
      SqlSelect select,
      @Nullable SqlOrderBy order,
      Scope scope,
      List<Expr> outputs,
      List<Item> items,
      ExpressionBinder binder,
      Above above) {
    List<ScopeColumn> columns = columns(outputs, items, scope);
    List<Expr> all = new ArrayList<>(outputs);
    List<RelFieldCollation> collations = new ArrayList<>();
    if (order != null) {
      for (SqlNode node : order.orderList) {
        SortBinder.Key key = SortBinder.Key.of(node);
        collations.add(key.collation(sortField(key, columns, all, binder, select)));
      }
    }
    RelNode rel = scope.rel();
    WindowCollector windows = above.windows();
    Grouping grouping = above.grouping();
    List<RexNode> expressions = new ArrayList<>();
    if (windows != null && !windows.isEmpty()) {
      rel = windows.over(rel, queries.plans(), coercion);
      for (Expr e : all) {
        expressions.add(windows.rewrite(e.rex()));
      }
    } else if (grouping == null) {
      for (Expr e : all) {
        expressions.add(e.rex());
      }
    } else {
      rel = aggregate(rel, grouping.collector(), scope);
      Expr having = grouping.having();
      if (having != null) {
        rel = queries.plans().filter(rel, grouping.collector().rewrite(having), scope);
      }
      for (Expr e : all) {
        expressions.add(grouping.collector().rewrite(e));
      }
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      names.add(i < items.size() ? items.get(i).name() : "$sort" + i);
    }
    rel = queries.plans().project(rel, expressions, names, grouping == null ? scope : null);
    if (select.isDistinct()) {
      rel = queries.plans().distinct(rel);
    }
    if (order != null) {
      rel = new SortBinder(queries, ctes).sort(rel, RelCollations.of(collations), order);
    }
    if (all.size() > outputs.size()) {
      rel = firstFields(rel, outputs.size(), names);
    }
    return new Relation(rel, columns);
  }

  private RelNode firstFields(RelNode rel, int count, List<String> names) {
    List<RexNode> kept = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      kept.add(coercion.rex().makeInputRef(rel, i));
    }
    return queries.plans().project(rel, kept, names.subList(0, count), null);
  }

  /** The field that an ORDER BY item sorts by: an output column, or one added to {@code all}. */
  private int sortField(
      SortBinder.Key key,
      List<ScopeColumn> columns,
      List<Expr> all,
      ExpressionBinder binder,
      SqlSelect select) {
    int field = SortBinder.outputField(key.expression(), columns);
    if (field >= 0) {
      return field;
    }
    Expr e = coercion.settled(binder.bind(key.expression()));
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).rex().equals(e.rex())) {
        return i;
      }
    }
    if (select.isDistinct()) {
      throw BindErrors.error(
          ErrorCode.INVALID_COLUMN_REFERENCE,
          "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
          e.position());
    }
    all.add(e);
    return all.size() - 1;
  }

  private static List<ScopeColumn> columns(List<Expr> outputs, List<Item> items, Scope scope) {
    List<ScopeColumn> columns = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Expr e = outputs.get(i);
      Item item = items.get(i);
      ScopeColumn origin = item.column() == null ? originOf(e, item, scope) : item.column();
      columns.add(
          new ScopeColumn(
              null,
              origin == null ? null : origin.table(),
              item.name(),
              e.type(),
              e.modifier(),
              i,
              true,
              true,
              null,
              origin == null ? 0 : origin.tableId(),
              origin == null ? 0 : origin.columnNumber()));
    }
    return columns;
  }

  private static @Nullable ScopeColumn originOf(Expr e, Item item, Scope scope) {
    if (!(item.node() instanceof SqlIdentifier) || !(e.rex() instanceof RexInputRef ref)) {
      return null;
    }
    for (ScopeColumn column : scope.columns()) {
      if (column.field() == ref.getIndex() && column.merged() == null) {
        return column;
      }
    }
    return null;
  }

  /** Below the aggregate a projection computes groups, then arguments and filters. */
  private RelNode aggregate(RelNode input, AggregateCollector collector, Scope scope) {
    List<RexNode> fields = new ArrayList<>(collector.groups());
    List<AggregateCall> calls = new ArrayList<>();
    List<List<Integer>> arguments = new ArrayList<>();
    List<Integer> filters = new ArrayList<>();
    for (AggregateCollector.Call call : collector.calls()) {
      List<Integer> positions = new ArrayList<>();
      for (RexNode argument : call.arguments()) {
        positions.add(fieldOf(argument, fields, collector.groups().size()));
      }
      arguments.add(positions);
      RexNode filter = call.filter();
      filters.add(filter == null ? -1 : fieldOf(isTrue(filter), fields, fields.size()));
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      names.add("$f" + i);
    }
    RelNode projected =
        fields.isEmpty() ? input : queries.plans().project(input, fields, names, scope);
    for (int i = 0; i < collector.calls().size(); i++) {
      AggregateCollector.Call call = collector.calls().get(i);
      calls.add(
          AggregateCall.create(
              call.function(),
              call.distinct(),
              false,
              false,
              ImmutableList.of(),
              arguments.get(i),
              filters.get(i),
              null,
              call.order().isEmpty() ? RelCollations.EMPTY : ascending(arguments.get(i)),
              call.relType(),
              "$agg" + i));
    }
    return LogicalAggregate.create(
        projected,
        ImmutableList.of(),
        ImmutableBitSet.range(collector.groups().size()),
        null,
        calls);
  }

  private static RelCollation ascending(List<Integer> fields) {
    List<RelFieldCollation> collations = new ArrayList<>();
    for (int field : fields) {
      collations.add(
          new RelFieldCollation(
              field, RelFieldCollation.Direction.ASCENDING, RelFieldCollation.NullDirection.LAST));
    }
    return RelCollations.of(collations);
  }

  private RexNode isTrue(RexNode filter) {
    return filter.getType().isNullable()
        ? coercion.call(
            SqlStdOperatorTable.IS_TRUE, RelTypes.rel(PgTypes.BOOL, false), List.of(filter))
        : filter;
  }

  private static int fieldOf(RexNode expression, List<RexNode> fields, int searchTo) {
    int found = fields.subList(0, Math.min(searchTo, fields.size())).indexOf(expression);
    if (found >= 0) {
      return found;
    }
    int later = fields.indexOf(expression);
    if (later >= 0) {
      return later;
    }
    fields.add(expression);
    return fields.size() - 1;
  }

  /** Whether an aggregate is called at this query level. */
  private static boolean containsAggregate(SqlNodeList nodes) {
    boolean[] found = {false};
    nodes.accept(
        new SqlBasicVisitor<Void>() {
          @Override
          public Void visit(SqlCall call) {
            if (call.isA(SqlKind.QUERY)) {
              return null;
            }
            SqlIdentifier id = call.getOperator().getNameAsId();
            boolean function = call.getOperator() instanceof SqlFunction && id != null;
            if (function && Functions.isAggregate(id.names.get(id.names.size() - 1))) {
              found[0] = true;
              return null;
            }
            return super.visit(call);
          }
        });
    return found[0];
  }

  /**
   * A set-returning function in the select list becomes a lateral item of FROM; written several
   * times alike it is one, since PostgreSQL advances all of them together.
   */
  private final class SetReturning {
    private final @Nullable SqlCall call;

    SetReturning(SqlNodeList list) {
      List<SqlCall> found = new ArrayList<>();
      list.accept(
          new SqlBasicVisitor<Void>() {
            @Override
            public Void visit(SqlCall c) {
              if (isSetReturning(c)) {
                found.add(c);
                return null;
              }
              return c.isA(SqlKind.QUERY) ? null : super.visit(c);
            }
          });
      for (SqlCall other : found) {
        if (!other.equalsDeep(found.get(0), Litmus.IGNORE)) {
          throw BindErrors.notSupported(
              "more than one set-returning function in a select list", BindErrors.position(other));
        }
      }
      call = found.isEmpty() ? null : found.get(0);
    }

    /** The function's column, which is the last of the scope that {@link #join} made. */
    @Nullable Expr value(Scope scope) {
      SqlCall function = call;
      if (function == null) {
        return null;
      }
      ScopeColumn column = scope.columns().get(scope.columns().size() - 1);
      RexNode ref = coercion.rex().makeInputRef(scope.rel(), column.field());
      return Expr.of(ref, column.type(), column.modifier(), BindErrors.position(function));
    }

    private static boolean isSetReturning(SqlCall call) {
      if (!(call.getOperator() instanceof SqlFunction)) {
        return false;
      }
      SqlIdentifier id = call.getOperator().getNameAsId();
      String name = id == null ? "" : id.names.get(id.names.size() - 1);
      return name.equals("generate_series")
          || name.equals("unnest")
          || name.equals("_pg_expandarray");
    }

    Relation join(Relation from) {
      SqlCall function = call;
      if (function == null) {
        return from;
      }
      Scope left = new Scope(from.rel(), from.columns(), parent);
      ExpressionBinder binder =
          new ExpressionBinder(
              queries, new Scope(from.rel(), List.of(), left), ctes, "a set-returning function");
      List<Expr> arguments = binder.bindAll(function.getOperandList());
      SqlIdentifier id = function.getOperator().getNameAsId();
      Relation series =
          new FromBinder(queries, parent, ctes)
              .function(
                  id == null ? "" : id.names.get(id.names.size() - 1),
                  arguments,
                  null,
                  BindErrors.position(function));
      int shift = from.rel().getRowType().getFieldCount();
      List<ScopeColumn> columns = new ArrayList<>(from.columns());
      columns.add(series.columns().get(0).shifted(shift).hidden());
      CorrelationId used = left.usedCorrelation();
      RelNode joined =
          used == null
              ? LogicalJoin.create(
                  from.rel(),
                  series.rel(),
                  ImmutableList.of(),
                  coercion.rex().makeLiteral(true),
                  ImmutableSet.of(),
                  JoinRelType.INNER)
              : LogicalCorrelate.create(
                  from.rel(),
                  series.rel(),
                  ImmutableList.of(),
                  used,
                  RelOptUtil.correlationColumns(used, series.rel()),
                  JoinRelType.INNER);
      return new Relation(joined, columns);
    }
  }
}
