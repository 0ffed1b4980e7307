package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgType;
import java.util.List;

/**
 * One overload of a scalar function as name resolution sees it. {@code variadic}: the last argument
 * type stands for any number of arguments of that type, {@code anyArguments}: of any type.
 */
public record Overload(
    String name,
    List<PgType> arguments,
    PgType result,
    boolean variadic,
    boolean anyArguments,
    PgFunction function) {
  public Overload {
    arguments = List.copyOf(arguments);
  }
}
