package io.omendb.gateway.sql;

import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import org.apache.calcite.rel.type.RelDataType;

/** The PostgreSQL type that a relational type stands for. */
public final class RelTypes {
  private RelTypes() {}

  /** The type whose datums an expression of that type has. */
  public static PgType pgType(RelDataType type) {
    return switch (type.getSqlTypeName()) {
      case BOOLEAN -> PgTypes.BOOL;
      case TINYINT, SMALLINT -> PgTypes.INT2;
      case INTEGER -> PgTypes.INT4;
      case BIGINT -> PgTypes.INT8;
      case REAL -> PgTypes.FLOAT4;
      case FLOAT, DOUBLE -> PgTypes.FLOAT8;
      case DECIMAL -> PgTypes.NUMERIC;
      case CHAR -> PgTypes.BPCHAR;
      case VARCHAR -> PgTypes.VARCHAR;
      case DATE -> PgTypes.DATE;
      case TIME -> PgTypes.TIME;
      case TIMESTAMP -> PgTypes.TIMESTAMP;
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE, TIMESTAMP_TZ -> PgTypes.TIMESTAMPTZ;
      case BINARY, VARBINARY -> PgTypes.BYTEA;
      case UUID -> PgTypes.UUID;
      case ARRAY -> arrayOf(type);
      default ->
          type.getSqlTypeName().getName().startsWith("INTERVAL")
              ? PgTypes.INTERVAL
              : PgTypes.UNKNOWN;
    };
  }

  private static PgType arrayOf(RelDataType type) {
    RelDataType element = type.getComponentType();
    ArrayType array = element == null ? null : PgTypes.arrayOf(pgType(element));
    return array == null ? PgTypes.UNKNOWN : array;
  }
}
