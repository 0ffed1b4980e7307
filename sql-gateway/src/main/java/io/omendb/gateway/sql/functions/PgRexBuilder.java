package io.omendb.gateway.sql.functions;

import java.util.List;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.type.SqlTypeName;

/**
 * Makes expressions of {@link RelTypes}; also literals of the exact type, without a cast around.
 */
public final class PgRexBuilder extends RexBuilder {

  public PgRexBuilder() {
    super(RelTypes.FACTORY);
  }

  /**
   * The type of a call that Calcite makes anew with other operands. Arithmetic on a type that
   * Calcite lacks (intervals) stays in that type.
   */
  @Override
  public RelDataType deriveReturnType(SqlOperator operator, List<? extends RexNode> operands) {
    boolean arithmetic =
        switch (operator.getKind()) {
          case PLUS, MINUS, MINUS_PREFIX -> true;
          default -> false;
        };
    if (arithmetic && operands.get(0).getType() instanceof RelTypes.Named type) {
      boolean nullable = operands.stream().anyMatch(operand -> operand.getType().isNullable());
      return getTypeFactory().createTypeWithNullability(type, nullable);
    }
    return super.deriveReturnType(operator, operands);
  }

  /** A literal whose value is kept as Calcite keeps those of {@code representation}. */
  public RexLiteral typedLiteral(
      Comparable<?> value, RelDataType type, SqlTypeName representation) {
    return makeLiteral(value, type, representation);
  }
}
