package io.omendb.gateway.sql.functions;

import io.omendb.gateway.sql.functions.PgFunction.Volatility;
import io.omendb.gateway.types.PgType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects overloads by name while the function classes register theirs. */
final class FunctionTable {
  private final Map<String, List<Overload>> byName = new HashMap<>();

  /** A strict body: no argument is null. */
  interface Body {
    @Nullable Object eval(EvalContext context, Object[] arguments);
  }

  void immutable(String name, PgType result, List<PgType> arguments, Body body) {
    add(name, result, arguments, Volatility.IMMUTABLE, false, strict(body), true);
  }

  void stable(String name, PgType result, List<PgType> arguments, Body body) {
    add(name, result, arguments, Volatility.STABLE, false, strict(body), true);
  }

  void volatileFunction(String name, PgType result, List<PgType> arguments, Body body) {
    add(name, result, arguments, Volatility.VOLATILE, false, strict(body), true);
  }

  /** Called with nulls too. */
  void nullable(String name, PgType result, List<PgType> arguments, Volatility v, Scalar body) {
    add(name, result, arguments, v, false, body, false);
  }

  /** Any number of arguments of any type from the last one on; called with nulls too. */
  void variadicAny(String name, PgType result, List<PgType> arguments, Scalar body) {
    PgFunction function =
        new PgFunction(name, signature(name, arguments) + "…", Volatility.STABLE, false, body);
    table(name).add(new Overload(name, arguments, result, true, true, function));
  }

  private void add(
      String name,
      PgType result,
      List<PgType> arguments,
      Volatility volatility,
      boolean variadic,
      Scalar body,
      boolean strict) {
    PgFunction function =
        new PgFunction(name, signature(name, arguments), volatility, strict, body);
    table(name).add(new Overload(name, arguments, result, variadic, false, function));
  }

  private List<Overload> table(String name) {
    return byName.computeIfAbsent(name, n -> new ArrayList<>());
  }

  private static String signature(String name, List<PgType> arguments) {
    StringBuilder signature = new StringBuilder(name).append('(');
    for (int i = 0; i < arguments.size(); i++) {
      signature.append(i == 0 ? "" : ", ").append(arguments.get(i).sqlName());
    }
    return signature.append(')').toString();
  }

  private static Scalar strict(Body body) {
    return (context, arguments) -> {
      Object[] values = new Object[arguments.length];
      for (int i = 0; i < values.length; i++) {
        Object argument = arguments[i];
        if (argument == null) {
          return null;
        }
        values[i] = argument;
      }
      return body.eval(context, values);
    };
  }

  List<Overload> find(String name) {
    return byName.getOrDefault(name, List.of());
  }
}
