package io.omendb.gateway.oltp;

import io.omendb.gateway.oltp.AccessPath.Alternative;
import io.omendb.gateway.oltp.AccessPath.KeyValue;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/** Finds the key ranges that a filter over a table's columns confines a scan to. */
final class AccessPaths {
  /** Beyond this many alternatives reading the table once is no worse. */
  private static final int ALTERNATIVES_MAX = 1000;

  private final RexBuilder builder;
  private final ExpressionCompiler compiler;

  AccessPaths(RexBuilder builder, ExpressionCompiler compiler) {
    this.builder = builder;
    this.compiler = compiler;
  }

  /** What a filter says of one column. */
  private static final class Facts {
    @Nullable KeyValue equal;
    @Nullable List<KeyValue> oneOf;
    @Nullable KeyValue lower;
    @Nullable KeyValue upper;
  }

  AccessPath of(TableSchema table, @Nullable RexNode condition) {
    if (condition == null || !table.hasPrimaryKey()) {
      return AccessPath.wholeTable(table);
    }
    Map<Integer, Facts> facts = new HashMap<>();
    RexNode expanded = RexUtil.expandSearch(builder, null, condition);
    for (RexNode conjunct : RelOptUtil.conjunctions(expanded)) {
      collect(conjunct, table, facts);
    }
    List<Alternative> alternatives = new ArrayList<>();
    alternatives.add(new Alternative(List.of(), null, null));
    for (int column : table.primaryKey()) {
      Facts fact = facts.get(column);
      List<KeyValue> values =
          fact == null ? null : fact.equal != null ? List.of(fact.equal) : fact.oneOf;
      if (values == null || (long) values.size() * alternatives.size() > ALTERNATIVES_MAX) {
        return finish(table, alternatives, fact);
      }
      alternatives = extend(alternatives, values);
    }
    return new AccessPath(table, alternatives);
  }

  private static AccessPath finish(
      TableSchema table, List<Alternative> alternatives, @Nullable Facts fact) {
    boolean bounded = fact != null && (fact.lower != null || fact.upper != null);
    if (!bounded || fact == null) {
      return alternatives.get(0).prefix().isEmpty()
          ? AccessPath.wholeTable(table)
          : new AccessPath(table, alternatives);
    }
    KeyValue lower = fact.lower;
    KeyValue upper = fact.upper;
    return new AccessPath(
        table, alternatives.stream().map(a -> new Alternative(a.prefix(), lower, upper)).toList());
  }

  private static List<Alternative> extend(List<Alternative> alternatives, List<KeyValue> values) {
    List<Alternative> extended = new ArrayList<>(alternatives.size() * values.size());
    for (Alternative alternative : alternatives) {
      for (KeyValue value : values) {
        List<KeyValue> prefix = new ArrayList<>(alternative.prefix());
        prefix.add(value);
        extended.add(new Alternative(prefix, null, null));
      }
    }
    return extended;
  }

  private void collect(RexNode conjunct, TableSchema table, Map<Integer, Facts> facts) {
    if (conjunct.getKind() == SqlKind.OR) {
      collectAlternatives(RelOptUtil.disjunctions(conjunct), table, facts);
      return;
    }
    Sought sought = sought(conjunct, table);
    if (sought == null) {
      return;
    }
    Facts fact = facts.computeIfAbsent(sought.column(), c -> new Facts());
    switch (sought.kind()) {
      case EQUALS -> fact.equal = sought.value();
      case GREATER_THAN, GREATER_THAN_OR_EQUAL -> fact.lower = sought.value();
      case LESS_THAN, LESS_THAN_OR_EQUAL -> fact.upper = sought.value();
      default -> {}
    }
  }

  private void collectAlternatives(
      List<RexNode> disjuncts, TableSchema table, Map<Integer, Facts> facts) {
    List<KeyValue> values = new ArrayList<>(disjuncts.size());
    int column = -1;
    for (RexNode disjunct : disjuncts) {
      Sought sought = sought(disjunct, table);
      if (sought == null
          || sought.kind() != SqlKind.EQUALS
          || (column >= 0 && column != sought.column())) {
        return;
      }
      column = sought.column();
      values.add(sought.value());
    }
    facts.computeIfAbsent(column, c -> new Facts()).oneOf = values;
  }

  /** A comparison of a column with something that needs no row. */
  private record Sought(int column, SqlKind kind, KeyValue value) {}

  private @Nullable Sought sought(RexNode node, TableSchema table) {
    if (!(node instanceof RexCall call) || call.getOperands().size() != 2) {
      return null;
    }
    Sought direct =
        sought(call.getKind(), call.getOperands().get(0), call.getOperands().get(1), table);
    return direct != null
        ? direct
        : sought(
            call.getKind().reverse(), call.getOperands().get(1), call.getOperands().get(0), table);
  }

  private @Nullable Sought sought(SqlKind kind, RexNode left, RexNode right, TableSchema table) {
    switch (kind) {
      case EQUALS, GREATER_THAN, GREATER_THAN_OR_EQUAL, LESS_THAN, LESS_THAN_OR_EQUAL -> {}
      default -> {
        return null;
      }
    }
    RexNode column = withoutWidening(left);
    if (!(column instanceof RexInputRef ref)
        || ref.getIndex() >= table.columns().size()
        || !RelOptUtil.InputFinder.bits(right).isEmpty()
        || !RexUtil.isDeterministic(right)) {
      return null;
    }
    PgType columnType = PgTypes.forColumn(table.columns().get(ref.getIndex()).type());
    PgType valueType = RelTypes.pgType(right.getType());
    if (!AccessPath.seekable(columnType, valueType)) {
      return null;
    }
    return new Sought(ref.getIndex(), kind, new KeyValue(compiler.compile(right), valueType));
  }

  /** The column below casts that change no value and no order. */
  private static RexNode withoutWidening(RexNode node) {
    RexNode current = node;
    while (current instanceof RexCall call && widens(call)) {
      current = call.getOperands().get(0);
    }
    return current;
  }

  private static boolean widens(RexCall call) {
    if (call.getOperator() instanceof PgFunction function) {
      // char(n) as text without its padding, which keys leave out as well
      return function.getName().equals("bpchar_text");
    }
    if (call.getKind() != SqlKind.CAST) {
      return false;
    }
    PgType from = RelTypes.pgType(call.getOperands().get(0).getType());
    PgType to = RelTypes.pgType(call.getType());
    return (from == PgTypes.INT2 && AccessPath.isInteger(to))
        || (from == PgTypes.INT4 && to == PgTypes.INT8)
        || (AccessPath.isInteger(from) && to == PgTypes.NUMERIC)
        || from == to;
  }
}
