package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgAggregate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Groups rows in a hash table. Groups come out in the order of their first row; without grouping
 * columns there is one group even for no rows.
 */
record AggregateOperator(Operator input, List<GroupingSet> sets, int width, List<Call> calls)
    implements Operator {

  /**
   * One grouping set: {@code keys} tell groups apart, {@code columns} are the input columns that
   * the result shows, {@code positions} where in the result.
   */
  record GroupingSet(List<Expression> keys, int[] columns, int[] positions) {}

  /**
   * One aggregate. {@code distinctKeys} is null without DISTINCT; {@code order} sorts the group's
   * rows first (empty: as they come).
   */
  record Call(
      Supplier<PgAggregate> aggregate,
      int[] arguments,
      int filter,
      @Nullable List<Expression> distinctKeys,
      List<SortOperator.Key> order) {}

  /** About what a key, its place in a hash table and a group take. */
  private static final int KEY_BYTES = 120;

  private static final int CALL_BYTES = 64;

  private static final class Group {
    final @Nullable Object[] firstRow;
    final Running[] running;

    Group(@Nullable Object[] firstRow, Running[] running) {
      this.firstRow = firstRow;
      this.running = running;
    }
  }

  /** One call's progress in one group. */
  private static final class Running {
    private final Call call;
    private final PgAggregate aggregate;
    private final @Nullable Set<RowKey> seen;
    private final @Nullable List<@Nullable Object[]> unordered;

    Running(Call call) {
      this.call = call;
      aggregate = call.aggregate().get();
      seen = call.distinctKeys() == null ? null : new HashSet<>();
      unordered = call.order().isEmpty() ? null : new ArrayList<>();
    }

    void add(@Nullable Object[] row, ExecutionContext context, OperatorMemory memory) {
      if (call.filter() >= 0 && !Boolean.TRUE.equals(row[call.filter()])) {
        return;
      }
      if (seen != null && call.distinctKeys() != null) {
        if (!seen.add(RowKey.of(row, call.distinctKeys(), context))) {
          return;
        }
        memory.reserveRow(row, KEY_BYTES);
      }
      if (unordered != null) {
        memory.reserveRow(row, 0);
        unordered.add(row);
        return;
      }
      @Nullable Object[] arguments = arguments(row);
      if (aggregate.keepsArguments()) {
        memory.reserveRow(arguments, 0);
      }
      aggregate.add(arguments);
    }

    private @Nullable Object[] arguments(@Nullable Object[] row) {
      int[] columns = call.arguments();
      @Nullable Object[] values = new Object[columns.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = row[columns[i]];
      }
      return values;
    }

    @Nullable Object result() {
      if (unordered != null) {
        unordered.sort(SortOperator.comparator(call.order()));
        unordered.forEach(row -> aggregate.add(arguments(row)));
      }
      return aggregate.result();
    }
  }

  @Override
  public RowSource open(ExecutionContext context) {
    OperatorMemory memory = context.memory().open();
    boolean done = false;
    try {
      RowSource results = group(context, memory);
      done = true;
      return results;
    } finally {
      if (!done) {
        memory.close();
      }
    }
  }

  private RowSource group(ExecutionContext context, OperatorMemory memory) {
    List<Map<RowKey, Group>> groups = new ArrayList<>(sets.size());
    sets.forEach(set -> groups.add(new LinkedHashMap<>()));
    try (RowSource rows = input.open(context)) {
      for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
        context.cancel().check();
        for (int i = 0; i < sets.size(); i++) {
          add(groups.get(i), sets.get(i), row, context, memory);
        }
      }
    }
    List<@Nullable Object[]> results = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      GroupingSet set = sets.get(i);
      if (set.columns().length == 0 && groups.get(i).isEmpty()) {
        results.add(result(set, newGroup(new Object[0])));
      }
      groups.get(i).values().forEach(group -> results.add(result(set, group)));
    }
    return new ListSource(results, memory);
  }

  private void add(
      Map<RowKey, Group> groups,
      GroupingSet set,
      @Nullable Object[] row,
      ExecutionContext context,
      OperatorMemory memory) {
    RowKey key = RowKey.of(row, set.keys(), context);
    Group group = groups.get(key);
    if (group == null) {
      memory.reserveRow(row, KEY_BYTES + CALL_BYTES * calls.size());
      group = newGroup(row);
      groups.put(key, group);
    }
    for (Running running : group.running) {
      running.add(row, context, memory);
    }
  }

  private Group newGroup(@Nullable Object[] row) {
    Running[] running = new Running[calls.size()];
    for (int i = 0; i < running.length; i++) {
      running[i] = new Running(calls.get(i));
    }
    return new Group(row, running);
  }

  private @Nullable Object[] result(GroupingSet set, Group group) {
    @Nullable Object[] row = new Object[width + group.running.length];
    for (int i = 0; i < set.columns().length; i++) {
      row[set.positions()[i]] = group.firstRow[set.columns()[i]];
    }
    for (int i = 0; i < group.running.length; i++) {
      row[width + i] = group.running[i].result();
    }
    return row;
  }
}
