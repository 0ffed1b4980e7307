package io.omendb.gateway.sql.functions;

import java.util.function.Supplier;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.util.Optionality;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL aggregate that Calcite lacks; one instance per overload, named by its signature. */
public final class PgAggregateFunction extends SqlAggFunction {
  private final String signature;
  private final Supplier<PgAggregate> accumulators;

  /** {@code result} is the type of every call. */
  public PgAggregateFunction(
      String name, String signature, RelDataType result, Supplier<PgAggregate> accumulators) {
    super(
        name,
        new SqlIdentifier(name, SqlParserPos.ZERO),
        SqlKind.OTHER_FUNCTION,
        binding -> result,
        null,
        null,
        SqlFunctionCategory.USER_DEFINED_FUNCTION,
        false,
        false,
        Optionality.OPTIONAL);
    this.signature = signature;
    this.accumulators = accumulators;
  }

  public String signature() {
    return signature;
  }

  public PgAggregate newAccumulator() {
    return accumulators.get();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PgAggregateFunction function && signature.equals(function.signature);
  }

  @Override
  public int hashCode() {
    return signature.hashCode();
  }
}
