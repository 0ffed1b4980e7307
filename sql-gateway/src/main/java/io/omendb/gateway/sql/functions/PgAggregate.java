package io.omendb.gateway.sql.functions;

import org.jspecify.annotations.Nullable;

/** One group's running value of an aggregate. Confined to one thread. */
public interface PgAggregate {

  /** Takes one row's arguments, already filtered and made distinct. */
  void add(@Nullable Object[] arguments);

  /** Whether its running value grows with every row, as a list of them does. */
  default boolean keepsArguments() {
    return false;
  }

  /** The value of all rows so far. */
  @Nullable Object result();
}
