package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.apache.calcite.avatica.util.ByteString;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCollation;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.util.DateString;
import org.apache.calcite.util.NlsString;
import org.apache.calcite.util.TimeString;
import org.apache.calcite.util.TimestampString;
import org.jspecify.annotations.Nullable;

/** Datums as literals of relational expressions, and back. */
public final class Datums {
  private static final long MICROS_PER_SECOND = 1_000_000L;
  private static final long DATE_MIN = LocalDate.of(1, 1, 1).toEpochDay();
  private static final long DATE_MAX = LocalDate.of(9999, 12, 31).toEpochDay();
  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
  private static final long MICROS_PER_DAY = 86_400L * MICROS_PER_SECOND;

  private Datums() {}

  /** The datum of a literal. */
  public static @Nullable Object of(RexLiteral literal) {
    if (literal.isNull()) {
      return null;
    }
    Comparable<?> value = literal.getValueAs(Comparable.class);
    if (value == null) {
      return null;
    }
    return switch (literal.getType().getSqlTypeName()) {
      case BOOLEAN -> value;
      case TINYINT, SMALLINT -> number(value).shortValueExact();
      case INTEGER -> number(value).intValueExact();
      case BIGINT -> number(value).longValueExact();
      case DECIMAL -> number(value);
      case REAL -> ((Number) value).floatValue();
      case FLOAT, DOUBLE -> ((Number) value).doubleValue();
      case CHAR, VARCHAR -> ((NlsString) value).getValue();
      case DATE -> (int) LocalDate.parse(value.toString()).toEpochDay();
      case TIME -> LocalTime.parse(value.toString()).toNanoOfDay() / 1000;
      case TIMESTAMP, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> micros(value.toString());
      case BINARY, VARBINARY -> ((ByteString) value).getBytes();
      case UUID -> value;
      default -> throw new IllegalArgumentException("no datum for literal " + literal);
    };
  }

  /** The datum of a literal that is written as a cast of its text. */
  public static @Nullable Object ofSpelled(RexNode node, ZoneId zone) {
    RexLiteral text = (RexLiteral) ((RexCall) node).getOperands().get(0);
    Object value = of(text);
    return value == null ? null : RelTypes.pgType(node.getType()).parseText((String) value, zone);
  }

  private static BigDecimal number(Comparable<?> value) {
    return value instanceof BigDecimal decimal ? decimal : new BigDecimal(value.toString());
  }

  private static long micros(String timestamp) {
    LocalDateTime at = LocalDateTime.parse(timestamp.replace(' ', 'T'));
    return ChronoUnit.MICROS.between(EPOCH, at);
  }

  /**
   * A literal of that datum, or, where Calcite has none (intervals, arrays, years beyond 9999,
   * 24:00, -0), a cast of its text.
   */
  public static RexNode literal(PgRexBuilder rex, @Nullable Object datum, PgType type) {
    return datum instanceof BigDecimal decimal
        ? decimal(rex, decimal)
        : literal(rex, datum, type, RelTypes.rel(type, datum == null));
  }

  private static RexNode decimal(PgRexBuilder rex, BigDecimal value) {
    int digits = Math.max(value.precision() - value.scale(), 1) + Math.max(value.scale(), 0);
    return digits > RelTypes.PRECISION_MAX
        ? asText(rex, value, PgTypes.NUMERIC, RelTypes.rel(PgTypes.NUMERIC, false))
        : rex.makeExactLiteral(value, decimalType(value));
  }

  private static RelDataType decimalType(BigDecimal value) {
    int scale = Math.max(value.scale(), 0);
    return RelTypes.decimal(Math.max(value.precision() - value.scale(), 1) + scale, scale, false);
  }

  private static RexNode literal(
      PgRexBuilder rex, @Nullable Object datum, PgType type, RelDataType relType) {
    if (datum == null) {
      return rex.makeNullLiteral(relType);
    }
    if (relType instanceof RelTypes.Named) {
      return asText(rex, datum, type, relType);
    }
    return switch (relType.getSqlTypeName()) {
      case BOOLEAN -> rex.makeLiteral((Boolean) datum);
      case SMALLINT, INTEGER, BIGINT ->
          rex.makeExactLiteral(BigDecimal.valueOf(((Number) datum).longValue()), relType);
      case REAL, DOUBLE -> floating(rex, (Number) datum, type, relType);
      case VARCHAR ->
          rex.typedLiteral(
              new NlsString((String) datum, StandardCharsets.UTF_8.name(), SqlCollation.IMPLICIT),
              relType,
              SqlTypeName.CHAR);
      case DATE -> {
        int days = (Integer) datum;
        yield days < DATE_MIN || days > DATE_MAX
            ? asText(rex, datum, type, relType)
            : rex.makeDateLiteral(DateString.fromDaysSinceEpoch(days));
      }
      case TIME ->
          (Long) datum >= MICROS_PER_DAY
              ? asText(rex, datum, type, relType)
              : rex.makeTimeLiteral(new TimeString(timeText((Long) datum)), 6);
      case TIMESTAMP, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> timestamp(rex, (Long) datum, type, relType);
      case VARBINARY ->
          rex.typedLiteral(new ByteString((byte[]) datum), relType, SqlTypeName.BINARY);
      case UUID -> rex.makeUuidLiteral((UUID) datum);
      default -> throw new IllegalArgumentException("no literal of type " + type);
    };
  }

  private static String timeText(long micros) {
    LocalTime time = LocalTime.ofNanoOfDay(micros * 1000);
    return withoutTrailingZeros(
        "%02d:%02d:%02d.%06d"
            .formatted(time.getHour(), time.getMinute(), time.getSecond(), time.getNano() / 1000));
  }

  private static String withoutTrailingZeros(String text) {
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }

  private static RexNode timestamp(
      PgRexBuilder rex, long micros, PgType type, RelDataType relType) {
    long day = Math.floorDiv(micros, MICROS_PER_DAY);
    if (day < DATE_MIN || day > DATE_MAX) {
      return asText(rex, micros, type, relType);
    }
    LocalDateTime at =
        LocalDateTime.ofInstant(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), ZoneOffset.UTC);
    TimestampString text =
        new TimestampString(
            "%04d-%02d-%02d %s"
                .formatted(
                    at.getYear(),
                    at.getMonthValue(),
                    at.getDayOfMonth(),
                    timeText(at.toLocalTime().toNanoOfDay() / 1000)));
    return relType.getSqlTypeName() == SqlTypeName.TIMESTAMP
        ? rex.makeTimestampLiteral(text, 6)
        : rex.makeTimestampWithLocalTimeZoneLiteral(text, 6);
  }

  private static RexNode floating(
      PgRexBuilder rex, Number datum, PgType type, RelDataType relType) {
    double value = datum.doubleValue();
    if (Double.isNaN(value)
        || Double.isInfinite(value)
        || Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(-0.0)) {
      return asText(rex, datum, type, relType);
    }
    return type == PgTypes.FLOAT4
        ? rex.makeApproxLiteral(new BigDecimal(datum.toString()), relType)
        : rex.makeApproxLiteral(BigDecimal.valueOf(value), relType);
  }

  private static RexNode asText(PgRexBuilder rex, Object datum, PgType type, RelDataType relType) {
    RexNode text = literal(rex, type.text(datum, ZoneOffset.UTC), PgTypes.TEXT);
    return rex.makeCall(relType, PgFunction.typeInput(type), List.of(text));
  }
}
