package io.omendb.gateway.olap;

import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A query as Flink gets it: its text, and what the names in it stand for. Holds nothing of one
 * execution, so that equal statements have equal jobs.
 *
 * @param columns how the result's columns travel
 * @param functions by the name that the text uses
 */
record FlinkStatement(
    String sql,
    List<Carried> columns,
    Map<String, ExpressionFunction> functions,
    List<Input> inputs,
    int parallelism) {

  /** Below so many rows a second task costs more than it saves. */
  private static final long ROWS_PER_TASK_MIN = 250_000;

  /**
   * A table that is read. {@code rowCount} is rounded up to a power of two, so that a plan stays
   * good while a table grows a little, and a new one is made when it has grown a lot.
   */
  record Input(TableSchema schema, OptionalLong rowCount) {
    static Input of(TableSchema schema, OptionalLong rowCount) {
      return new Input(
          schema,
          rowCount.isPresent()
              ? OptionalLong.of(Long.highestOneBit(Math.max(1, rowCount.getAsLong())) * 2)
              : rowCount);
    }
  }

  /** {@code parallelismMax} is taken where the tables are large, or of unknown size. */
  static FlinkStatement of(
      Relation relation,
      Map<String, ExpressionFunction> functions,
      List<Input> inputs,
      int parallelismMax) {
    long rows = 0;
    for (Input input : inputs) {
      rows += input.rowCount().orElse(parallelismMax * ROWS_PER_TASK_MIN);
    }
    int parallelism = (int) Math.max(1, Math.min(parallelismMax, rows / ROWS_PER_TASK_MIN));
    return new FlinkStatement(
        relation.sql(),
        relation.columns(),
        Map.copyOf(functions),
        List.copyOf(inputs),
        parallelism);
  }

  /** Equal for statements that have the same job. */
  String key() {
    String tables =
        inputs.stream()
            .map(i -> i.schema().tableId() + "." + i.schema().schemaVersion() + "." + i.rowCount())
            .collect(Collectors.joining(","));
    String signatures =
        functions.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(function -> function.getKey() + " " + function.getValue().signature())
            .collect(Collectors.joining(","));
    return String.join("\n", sql, tables, signatures, Integer.toString(parallelism));
  }
}
