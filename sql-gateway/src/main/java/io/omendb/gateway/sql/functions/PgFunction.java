package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgType;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlReturnTypeInference;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL function or operator that neither Calcite nor Flink has, with its one implementation
 * over datums. Calls are made with an explicit type, so an instance is one overload: {@link
 * #signature()} names it uniquely, like {@code date_trunc(text, timestamptz)}.
 */
public final class PgFunction extends SqlFunction {

  /** How far a result depends on more than the arguments. */
  public enum Volatility {
    /** Same arguments, same result, for ever. */
    IMMUTABLE,
    /** The same within one statement: depends on the session, the clock or the catalog. */
    STABLE,
    /** Anything; called for every row. */
    VOLATILE
  }

  private static final String INPUT_SUFFIX = "_in";

  private final String signature;
  private final Volatility volatility;
  private final boolean strict;
  private final Scalar scalar;

  public PgFunction(
      String name, String signature, Volatility volatility, boolean strict, Scalar scalar) {
    super(
        name,
        new SqlIdentifier(name, SqlParserPos.ZERO),
        SqlKind.OTHER_FUNCTION,
        EXPLICIT,
        null,
        null,
        SqlFunctionCategory.USER_DEFINED_FUNCTION);
    this.signature = signature;
    this.volatility = volatility;
    this.strict = strict;
    this.scalar = scalar;
  }

  private static final SqlReturnTypeInference EXPLICIT =
      binding -> {
        throw new IllegalStateException("calls are made with their type");
      };

  /**
   * A type's input function, {@code interval_in(text)}: over a literal it stands for a literal of a
   * type that Calcite lacks.
   */
  public static PgFunction typeInput(PgType type) {
    return new PgFunction(
        type.name() + INPUT_SUFFIX,
        "%s%s(text)".formatted(type.name(), INPUT_SUFFIX),
        Volatility.STABLE,
        true,
        (context, arguments) ->
            arguments[0] == null ? null : type.parseText((String) arguments[0], context.zone()));
  }

  public boolean isTypeInput() {
    return getName().endsWith(INPUT_SUFFIX);
  }

  public String signature() {
    return signature;
  }

  public Volatility volatility() {
    return volatility;
  }

  /** Whether any NULL argument makes the result NULL without a call. */
  public boolean strict() {
    return strict;
  }

  /** Applies it; NULL arguments of a strict function are dealt with here. */
  public @Nullable Object eval(EvalContext context, @Nullable Object[] arguments) {
    if (strict) {
      for (Object argument : arguments) {
        if (argument == null) {
          return null;
        }
      }
    }
    return scalar.eval(context, arguments);
  }

  @Override
  public boolean isDeterministic() {
    return volatility != Volatility.VOLATILE;
  }

  @Override
  public boolean isDynamicFunction() {
    return volatility != Volatility.IMMUTABLE;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PgFunction function && signature.equals(function.signature);
  }

  @Override
  public int hashCode() {
    return signature.hashCode();
  }
}
