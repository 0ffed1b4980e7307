package io.omendb.gateway.sql.functions;

import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.sql.type.SqlTypeName;

/**
 * Makes expressions of {@link RelTypes}; also literals of the exact type, without a cast around.
 */
public final class PgRexBuilder extends RexBuilder {

  public PgRexBuilder() {
    super(RelTypes.FACTORY);
  }

  /** A literal whose value is kept as Calcite keeps those of {@code representation}. */
  public RexLiteral typedLiteral(
      Comparable<?> value, RelDataType type, SqlTypeName representation) {
    return makeLiteral(value, type, representation);
  }
}
