package io.omendb.gateway.oltp;

import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Rows that are in memory already, and end with it. */
final class ListSource implements RowSource {
  private Iterator<@Nullable Object[]> rows;
  private final @Nullable OperatorMemory memory;

  ListSource(Iterable<@Nullable Object[]> rows) {
    this(rows, null);
  }

  /** {@code memory} is what the rows take. */
  ListSource(Iterable<@Nullable Object[]> rows, @Nullable OperatorMemory memory) {
    this.rows = rows.iterator();
    this.memory = memory;
  }

  @Override
  public @Nullable Object @Nullable [] next() {
    return rows.hasNext() ? rows.next() : null;
  }

  @Override
  public void close() {
    rows = Collections.emptyIterator();
    if (memory != null) {
      memory.close();
    }
  }
}
