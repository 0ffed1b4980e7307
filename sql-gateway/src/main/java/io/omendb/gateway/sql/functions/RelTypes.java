package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rel.type.RelDataTypeSystem;
import org.apache.calcite.rel.type.RelDataTypeSystemImpl;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCollation;
import org.apache.calcite.sql.type.AbstractSqlType;
import org.apache.calcite.sql.type.SqlTypeFactoryImpl;
import org.apache.calcite.sql.type.SqlTypeName;

/**
 * PostgreSQL's types as Calcite's. What differs only in name has one relational type: all strings
 * are VARCHAR without length, oids are BIGINT, since an expression's datum class is all that an
 * engine needs. Length, precision and scale of varchar(n), char(n) and numeric(p,s) are applied by
 * explicit function calls, as PostgreSQL does; a DECIMAL's precision and scale here are an estimate
 * of its display scale, never a reason to round. Types that Calcite lacks (interval, arrays) are
 * {@link Named}.
 */
public final class RelTypes {

  /** The scale that stands for "any" in a DECIMAL. */
  public static final int SCALE_ANY = 16;

  public static final int PRECISION_MAX = 38;

  public static final RelDataTypeSystem SYSTEM = new TypeSystem();

  /** The one type factory; thread-safe. */
  public static final RelDataTypeFactory FACTORY = new Factory();

  private RelTypes() {}

  /** The relational type of a PostgreSQL type. */
  public static RelDataType rel(PgType type, boolean nullable) {
    return FACTORY.createTypeWithNullability(notNull(type), nullable);
  }

  /** numeric with a known display scale. */
  public static RelDataType decimal(int precision, int scale, boolean nullable) {
    int s = Math.max(0, Math.min(scale, PRECISION_MAX));
    int p = Math.max(Math.min(precision, PRECISION_MAX), Math.max(s, 1));
    return FACTORY.createTypeWithNullability(
        FACTORY.createSqlType(SqlTypeName.DECIMAL, p, s), nullable);
  }

  private static RelDataType notNull(PgType type) {
    if (type == PgTypes.BOOL) {
      return FACTORY.createSqlType(SqlTypeName.BOOLEAN);
    } else if (type == PgTypes.INT2) {
      return FACTORY.createSqlType(SqlTypeName.SMALLINT);
    } else if (type == PgTypes.INT4) {
      return FACTORY.createSqlType(SqlTypeName.INTEGER);
    } else if (type == PgTypes.INT8 || isOid(type)) {
      return FACTORY.createSqlType(SqlTypeName.BIGINT);
    } else if (type == PgTypes.FLOAT4) {
      return FACTORY.createSqlType(SqlTypeName.REAL);
    } else if (type == PgTypes.FLOAT8) {
      return FACTORY.createSqlType(SqlTypeName.DOUBLE);
    } else if (type == PgTypes.NUMERIC) {
      return FACTORY.createSqlType(SqlTypeName.DECIMAL, PRECISION_MAX, SCALE_ANY);
    } else if (isString(type)) {
      return FACTORY.createTypeWithCharsetAndCollation(
          FACTORY.createSqlType(SqlTypeName.VARCHAR),
          StandardCharsets.UTF_8,
          SqlCollation.IMPLICIT);
    } else if (type == PgTypes.DATE) {
      return FACTORY.createSqlType(SqlTypeName.DATE);
    } else if (type == PgTypes.TIME) {
      return FACTORY.createSqlType(SqlTypeName.TIME, 6);
    } else if (type == PgTypes.TIMESTAMP) {
      return FACTORY.createSqlType(SqlTypeName.TIMESTAMP, 6);
    } else if (type == PgTypes.TIMESTAMPTZ) {
      return FACTORY.createSqlType(SqlTypeName.TIMESTAMP_WITH_LOCAL_TIME_ZONE, 6);
    } else if (type == PgTypes.BYTEA) {
      return FACTORY.createSqlType(SqlTypeName.VARBINARY);
    } else if (type == PgTypes.UUID) {
      return FACTORY.createSqlType(SqlTypeName.UUID);
    }
    return new Named(type, false);
  }

  /** The type whose datums a relational type's values are; text for every string. */
  public static PgType pgType(RelDataType type) {
    if (type instanceof Named named) {
      return named.pgType();
    }
    return switch (type.getSqlTypeName()) {
      case BOOLEAN -> PgTypes.BOOL;
      case TINYINT, SMALLINT -> PgTypes.INT2;
      case INTEGER -> PgTypes.INT4;
      case BIGINT -> PgTypes.INT8;
      case REAL -> PgTypes.FLOAT4;
      case FLOAT, DOUBLE -> PgTypes.FLOAT8;
      case DECIMAL -> PgTypes.NUMERIC;
      case CHAR, VARCHAR, SYMBOL, NULL -> PgTypes.TEXT;
      case DATE -> PgTypes.DATE;
      case TIME -> PgTypes.TIME;
      case TIMESTAMP -> PgTypes.TIMESTAMP;
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> PgTypes.TIMESTAMPTZ;
      case BINARY, VARBINARY -> PgTypes.BYTEA;
      case UUID -> PgTypes.UUID;
      default ->
          throw new IllegalArgumentException("no PostgreSQL type for " + type.getFullTypeString());
    };
  }

  /** oid and the types that are one underneath. */
  public static boolean isOid(PgType type) {
    return type == PgTypes.OID
        || type == PgTypes.REGCLASS
        || type == PgTypes.REGTYPE
        || type == PgTypes.REGPROC
        || type == PgTypes.REGNAMESPACE
        || type == PgTypes.XID;
  }

  /** The types whose datum is a String. */
  public static boolean isString(PgType type) {
    return type == PgTypes.TEXT
        || type == PgTypes.VARCHAR
        || type == PgTypes.BPCHAR
        || type == PgTypes.NAME
        || type == PgTypes.CHAR
        || type == PgTypes.UNKNOWN
        || type == PgTypes.PG_NODE_TREE;
  }

  public static boolean isArray(PgType type) {
    return type instanceof ArrayType;
  }

  /** A value of a type that Calcite has no literals of: its input function over its text. */
  public static boolean isSpelledLiteral(RexNode node) {
    return node instanceof RexCall call
        && call.getOperator() instanceof PgFunction function
        && function.isTypeInput()
        && call.getOperands().get(0) instanceof RexLiteral;
  }

  /** A type that Calcite does not have. */
  public static final class Named extends AbstractSqlType {
    private final PgType type;

    Named(PgType type, boolean nullable) {
      super(SqlTypeName.OTHER, nullable, null);
      this.type = type;
      computeDigest();
    }

    public PgType pgType() {
      return type;
    }

    @Override
    protected void generateTypeString(StringBuilder sb, boolean withDetail) {
      sb.append("PG_").append(type.name().toUpperCase(Locale.ROOT));
    }
  }

  private static final class Factory extends SqlTypeFactoryImpl {
    Factory() {
      super(SYSTEM);
    }

    @Override
    public Charset getDefaultCharset() {
      return StandardCharsets.UTF_8;
    }

    @Override
    public RelDataType createTypeWithNullability(RelDataType type, boolean nullable) {
      return type instanceof Named named
          ? named.isNullable() == nullable ? named : new Named(named.pgType(), nullable)
          : super.createTypeWithNullability(type, nullable);
    }
  }

  /** PostgreSQL's limits and the types of its sums. */
  private static final class TypeSystem extends RelDataTypeSystemImpl {
    @Override
    public int getMaxPrecision(SqlTypeName typeName) {
      return switch (typeName) {
        case DECIMAL -> PRECISION_MAX;
        case TIME, TIMESTAMP, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> 6;
        default -> super.getMaxPrecision(typeName);
      };
    }

    @Override
    public int getMaxScale(SqlTypeName typeName) {
      return typeName == SqlTypeName.DECIMAL ? PRECISION_MAX : super.getMaxScale(typeName);
    }

    @Override
    public RelDataType deriveSumType(RelDataTypeFactory factory, RelDataType argument) {
      RelDataType type =
          switch (argument.getSqlTypeName()) {
            case SMALLINT, INTEGER -> factory.createSqlType(SqlTypeName.BIGINT);
            case BIGINT -> factory.createSqlType(SqlTypeName.DECIMAL, PRECISION_MAX, 0);
            case DECIMAL ->
                factory.createSqlType(SqlTypeName.DECIMAL, PRECISION_MAX, argument.getScale());
            default -> argument;
          };
      return factory.createTypeWithNullability(type, argument.isNullable());
    }
  }
}
