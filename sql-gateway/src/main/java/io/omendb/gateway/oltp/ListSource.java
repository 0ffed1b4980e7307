package io.omendb.gateway.oltp;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Rows that are in memory already. */
final class ListSource implements RowSource {
  private final Iterator<@Nullable Object[]> rows;

  ListSource(Iterable<@Nullable Object[]> rows) {
    this.rows = rows.iterator();
  }

  @Override
  public @Nullable Object @Nullable [] next() {
    return rows.hasNext() ? rows.next() : null;
  }

  @Override
  public void close() {}
}
