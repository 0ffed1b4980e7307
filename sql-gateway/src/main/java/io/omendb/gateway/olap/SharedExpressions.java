package io.omendb.gateway.olap;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Expression;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiled expressions that running jobs of this JVM evaluate, by id; an entry lives as long as its
 * statement. Bounded by the number of queries that run at once.
 */
final class SharedExpressions {
  private static final Map<String, Entry> ENTRIES = new ConcurrentHashMap<>();

  private SharedExpressions() {}

  /** An expression over a row of its arguments, and how arguments and result travel. */
  record Entry(
      Expression expression,
      ExecutionContext context,
      List<FlinkTypes.Carried> arguments,
      FlinkTypes.Carried result) {}

  static void put(String id, Entry entry) {
    ENTRIES.put(id, entry);
  }

  static Entry find(String id) {
    @Nullable Entry entry = ENTRIES.get(id);
    if (entry == null) {
      throw new IllegalStateException(
          "the statement of expression " + id + " is over, or is not in this process");
    }
    return entry;
  }

  static void remove(String id) {
    ENTRIES.remove(id);
  }
}
