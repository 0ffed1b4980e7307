package io.omendb.gateway.types;

import io.omendb.jobs.table.ColumnType;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every type there is, by oid and by name. Immutable; the oids are PostgreSQL's own. */
public final class PgTypes {
  private static final Map<Integer, PgType> BY_OID = new LinkedHashMap<>();
  private static final Map<String, PgType> BY_NAME = new HashMap<>();
  private static final Map<PgType, ArrayType> ARRAYS = new HashMap<>();

  public static final PgType BOOL = add(new BoolType(), 1000);
  public static final PgType BYTEA = add(new ByteaType(), 1001);
  public static final PgType CHAR = add(new CharType(), 1002);
  public static final PgType NAME = add(new NameType(), 1003);
  public static final PgType INT8 = add(new Int8Type(), 1016);
  public static final PgType INT2 = add(new Int2Type(), 1005);
  public static final PgType INT4 = add(new Int4Type(), 1007);
  public static final PgType REGPROC = add(new OidType(24, "regproc", 'N'), 1008);
  public static final PgType TEXT = add(new TextType(25, "text", -1, 'S'), 1009);
  public static final PgType OID = add(new OidType(26, "oid", 'N'), 1028);
  public static final PgType XID = add(new OidType(28, "xid", 'U'), 1011);
  public static final PgType PG_NODE_TREE = add(new TextType(194, "pg_node_tree", -1, 'Z'), 0);
  public static final PgType FLOAT4 = add(new Float4Type(), 1021);
  public static final PgType FLOAT8 = add(new Float8Type(), 1022);
  public static final PgType UNKNOWN = add(new TextType(705, "unknown", -2, 'X'), 0);
  public static final PgType BPCHAR = add(new BpcharType(), 1014);
  public static final PgType VARCHAR = add(new VarcharType(), 1015);
  public static final PgType DATE = add(new DateType(), 1182);
  public static final PgType TIME = add(new TimeType(), 1183);
  public static final PgType TIMESTAMP = add(new TimestampType(), 1115);
  public static final PgType TIMESTAMPTZ = add(new TimestamptzType(), 1185);
  public static final PgType INTERVAL = add(new IntervalType(), 1187);
  public static final PgType NUMERIC = add(new NumericType(), 1231);
  public static final PgType REGCLASS = add(new OidType(2205, "regclass", 'N'), 2210);
  public static final PgType REGTYPE = add(new OidType(2206, "regtype", 'N'), 2211);
  public static final PgType REGNAMESPACE = add(new OidType(4089, "regnamespace", 'N'), 4090);
  public static final PgType VOID = add(new VoidType(), 0);
  public static final PgType RECORD = add(new RecordType(), 0);
  public static final PgType UUID = add(new UuidType(), 2951);
  public static final PgType INT2VECTOR = add(new ArrayType(22, "int2vector", INT2, true), 0);
  public static final PgType OIDVECTOR = add(new ArrayType(30, "oidvector", OID, true), 0);

  static {
    alias(BOOL, "boolean");
    alias(INT2, "smallint");
    alias(INT4, "int", "integer");
    alias(INT8, "bigint");
    alias(FLOAT4, "real");
    alias(FLOAT8, "float", "double precision");
    alias(NUMERIC, "decimal", "dec");
    alias(VARCHAR, "character varying", "char varying");
    alias(BPCHAR, "character");
    alias(TIME, "time without time zone");
    alias(TIMESTAMP, "timestamp without time zone");
    alias(TIMESTAMPTZ, "timestamp with time zone");
  }

  private PgTypes() {}

  private static PgType add(PgType type, int arrayOid) {
    BY_OID.put(type.oid(), type);
    BY_NAME.put(type.name(), type);
    if (arrayOid != 0) {
      ArrayType array = new ArrayType(arrayOid, "_" + type.name(), type, false);
      ARRAYS.put(type, array);
      BY_OID.put(arrayOid, array);
      BY_NAME.put(array.name(), array);
      BY_NAME.put(type.sqlName() + "[]", array);
    }
    return type;
  }

  private static void alias(PgType type, String... names) {
    for (String name : names) {
      BY_NAME.put(name, type);
      ArrayType array = ARRAYS.get(type);
      if (array != null) {
        BY_NAME.put(name + "[]", array);
      }
    }
  }

  /** Every type, in a fixed order: the content of pg_type. */
  public static Collection<PgType> all() {
    return Collections.unmodifiableCollection(BY_OID.values());
  }

  /** Null for an oid that is no known type. */
  public static @Nullable PgType byOid(int oid) {
    return BY_OID.get(oid);
  }

  /**
   * By {@code typname} or by SQL's names and PostgreSQL's aliases ("int4", "integer", "double
   * precision", "timestamp with time zone", "text[]"), in any case; an optional {@code pg_catalog.}
   * in front. {@code char} is SQL's character here; the catalogs' one-byte type is {@code "char"}
   * with its quotes. Null for a name that is no known type.
   */
  public static @Nullable PgType byName(String name) {
    String lower = name.strip().toLowerCase(Locale.ROOT);
    if (lower.startsWith("pg_catalog.")) {
      lower = lower.substring("pg_catalog.".length());
    }
    return switch (lower) {
      case "char" -> BPCHAR;
      case "\"char\"" -> CHAR;
      default -> BY_NAME.get(lower);
    };
  }

  /** Null where there is none (of pseudo-types and arrays). */
  public static @Nullable ArrayType arrayOf(PgType element) {
    return ARRAYS.get(element);
  }

  /** The type of a column's values. */
  public static PgType forColumn(ColumnType type) {
    return switch (type.kind()) {
      case BOOLEAN -> BOOL;
      case SMALLINT -> INT2;
      case INTEGER -> INT4;
      case BIGINT -> INT8;
      case REAL -> FLOAT4;
      case DOUBLE -> FLOAT8;
      case NUMERIC -> NUMERIC;
      case TEXT -> TEXT;
      case VARCHAR -> VARCHAR;
      case CHAR -> BPCHAR;
      case DATE -> DATE;
      case TIME -> TIME;
      case TIMESTAMP -> TIMESTAMP;
      case TIMESTAMPTZ -> TIMESTAMPTZ;
      case BYTEA -> BYTEA;
      case UUID -> UUID;
    };
  }

  /** {@code atttypmod}: length or precision and scale as PostgreSQL packs them, -1 for none. */
  public static int typeModifier(ColumnType type) {
    return switch (type.kind()) {
      case VARCHAR, CHAR -> type.length() == 0 ? -1 : type.length() + 4;
      case NUMERIC ->
          type.isUnconstrainedNumeric() ? -1 : (type.precision() << 16 | type.scale()) + 4;
      default -> -1;
    };
  }

  /** {@code format_type(oid, modifier)}: "numeric(10,2)", "character varying(20)". */
  public static String formatType(PgType type, int modifier) {
    if (modifier < 4) {
      return type.sqlName();
    }
    int value = modifier - 4;
    if (type == NUMERIC) {
      return "numeric(%d,%d)".formatted(value >> 16 & 0xFFFF, value & 0xFFFF);
    }
    return type == VARCHAR || type == BPCHAR
        ? "%s(%d)".formatted(type.sqlName(), value)
        : type.sqlName();
  }
}
