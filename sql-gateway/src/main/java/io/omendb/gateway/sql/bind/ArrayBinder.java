package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.ArrayValues;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.PgFunction.Volatility;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.functions.Scalar;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/**
 * Functions and operators over arrays of any element type (PostgreSQL's anycompatiblearray and
 * anycompatible): array and element agree on one type, as the branches of a CASE do.
 */
final class ArrayBinder {
  private final Coercion coercion;

  ArrayBinder(Coercion coercion) {
    this.coercion = coercion;
  }

  /** Null for any other function, and for arguments that it does not take. */
  @Nullable Expr call(String name, List<Expr> arguments, int position) {
    int count = arguments.size();
    return switch (name) {
      case "array_append" ->
          count == 2 ? append(arguments.get(0), arguments.get(1), position) : null;
      case "array_prepend" ->
          count == 2 ? prepend(arguments.get(0), arguments.get(1), position) : null;
      case "array_cat" ->
          count == 2 ? concatenate(arguments.get(0), arguments.get(1), position) : null;
      case "array_remove" ->
          count == 2 ? over(name, arguments, null, ArrayValues::remove, position) : null;
      case "array_replace" ->
          count == 3 ? over(name, arguments, null, ArrayValues::replace, position) : null;
      case "array_position" ->
          count == 2 ? over(name, arguments, PgTypes.INT4, ArrayValues::position, position) : null;
      case "array_positions" ->
          count == 2
              ? over(
                  name, arguments, PgTypes.arrayOf(PgTypes.INT4), ArrayValues::positions, position)
              : null;
      default -> null;
    };
  }

  /** {@code ||}; null where neither side is an array. */
  @Nullable Expr concatenation(Expr left, Expr right, int position) {
    boolean leftArray = left.type() instanceof ArrayType;
    boolean rightArray = right.type() instanceof ArrayType;
    boolean unknownLeft = left.type() == PgTypes.UNKNOWN;
    boolean unknownRight = right.type() == PgTypes.UNKNOWN;
    if ((leftArray && (rightArray || unknownRight)) || (rightArray && unknownLeft)) {
      return concatenate(left, right, position);
    } else if (leftArray) {
      return append(left, right, position);
    }
    return rightArray ? prepend(left, right, position) : null;
  }

  /** {@code @>}, {@code <@} and {@code &&}; null where the sides are no arrays of one type. */
  @Nullable Expr sets(String symbol, Expr left, Expr right, int position) {
    if (!(left.type() instanceof ArrayType) && !(right.type() instanceof ArrayType)) {
      return null;
    }
    ArrayType array = arrayType(List.of(left, right), List.of());
    if (array == null) {
      return null;
    }
    Scalar body =
        switch (symbol) {
          case "@>" -> (c, a) -> ArrayValues.contains(a[0], a[1]);
          case "<@" -> (c, a) -> ArrayValues.contains(a[1], a[0]);
          default -> (c, a) -> ArrayValues.overlap(a[0], a[1]);
        };
    String name =
        symbol.equals("@>")
            ? "arraycontains"
            : symbol.equals("<@") ? "arraycontained" : "arrayoverlap";
    return call(
        name,
        array,
        PgTypes.BOOL,
        true,
        body,
        List.of(as(left, array), as(right, array)),
        position);
  }

  private @Nullable Expr append(Expr array, Expr element, int position) {
    ArrayType type = arrayType(List.of(array), List.of(element));
    return type == null
        ? null
        : call(
            "array_append",
            type,
            type,
            false,
            (c, a) -> ArrayValues.concat(a[0], Collections.singletonList(a[1])),
            List.of(as(array, type), as(element, type.element())),
            position);
  }

  private @Nullable Expr prepend(Expr element, Expr array, int position) {
    ArrayType type = arrayType(List.of(array), List.of(element));
    return type == null
        ? null
        : call(
            "array_prepend",
            type,
            type,
            false,
            (c, a) -> ArrayValues.concat(Collections.singletonList(a[0]), a[1]),
            List.of(as(element, type.element()), as(array, type)),
            position);
  }

  private @Nullable Expr concatenate(Expr left, Expr right, int position) {
    ArrayType type = arrayType(List.of(left, right), List.of());
    return type == null
        ? null
        : call(
            "array_cat",
            type,
            type,
            false,
            (c, a) -> ArrayValues.concat(a[0], a[1]),
            List.of(as(left, type), as(right, type)),
            position);
  }

  private interface Body {
    @Nullable Object of(@Nullable Object[] values);
  }

  /** An array first and elements behind; {@code result} null is the array's type. */
  private @Nullable Expr over(
      String name, List<Expr> arguments, @Nullable PgType result, Body body, int position) {
    ArrayType type = arrayType(arguments.subList(0, 1), arguments.subList(1, arguments.size()));
    if (type == null) {
      return null;
    }
    List<Expr> typed = new ArrayList<>();
    typed.add(as(arguments.get(0), type));
    for (Expr element : arguments.subList(1, arguments.size())) {
      typed.add(as(element, type.element()));
    }
    return call(
        name,
        type,
        result == null ? type : result,
        false,
        (c, a) -> a[0] == null ? null : body.of(a),
        typed,
        position);
  }

  private Expr as(Expr e, PgType type) {
    return coercion.coerce(
        e, type, type instanceof ArrayType ? Context.EXPLICIT : Context.IMPLICIT);
  }

  /** The type that all agree on; null where there is none or no array among them. */
  private static @Nullable ArrayType arrayType(List<Expr> arrays, List<Expr> elements) {
    List<Expr> samples = new ArrayList<>();
    for (Expr array : arrays) {
      if (array.type() instanceof ArrayType type) {
        samples.add(Expr.of(array.rex(), type.element(), array.position()));
      } else if (array.type() != PgTypes.UNKNOWN) {
        return null;
      }
    }
    if (samples.isEmpty() && elements.stream().allMatch(e -> e.type() == PgTypes.UNKNOWN)) {
      return null;
    }
    samples.addAll(elements);
    try {
      return PgTypes.arrayOf(Coercion.commonType(samples, "ARRAY"));
    } catch (OmenException different) {
      return null;
    }
  }

  private Expr call(
      String name,
      ArrayType array,
      PgType result,
      boolean strict,
      Scalar body,
      List<Expr> arguments,
      int position) {
    PgFunction function =
        new PgFunction(
            name, "%s(%s)".formatted(name, array.name()), Volatility.IMMUTABLE, strict, body);
    List<RexNode> operands = new ArrayList<>();
    for (Expr argument : arguments) {
      operands.add(argument.rex());
    }
    boolean nullable = !strict;
    for (RexNode operand : operands) {
      nullable |= operand.getType().isNullable();
    }
    return Expr.of(
        coercion.call(function, RelTypes.rel(result, nullable), operands), result, position);
  }
}
