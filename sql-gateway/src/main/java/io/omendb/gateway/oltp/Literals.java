package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.RelTypes;
import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import org.apache.calcite.avatica.util.ByteString;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.util.DateString;
import org.apache.calcite.util.NlsString;
import org.apache.calcite.util.TimeString;
import org.apache.calcite.util.TimestampString;
import org.jspecify.annotations.Nullable;

/** The datum that a plan's literal stands for. */
final class Literals {
  private Literals() {}

  static @Nullable Object datum(RexLiteral literal) {
    if (literal.isNull()) {
      return null;
    }
    PgType type = RelTypes.pgType(literal.getType());
    Comparable<?> value = literal.getValueAs(Comparable.class);
    if (value == null) {
      return null;
    }
    SqlTypeName literalType = literal.getTypeName();
    if (literalType == SqlTypeName.INTERVAL_YEAR_MONTH
        || literalType.getName().startsWith("INTERVAL_YEAR")
        || literalType == SqlTypeName.INTERVAL_MONTH) {
      return new PgInterval(((BigDecimal) value).intValueExact(), 0, 0);
    }
    if (literalType.getName().startsWith("INTERVAL")) {
      long millis = ((BigDecimal) value).longValueExact();
      return new PgInterval(0, (int) (millis / 86_400_000L), millis % 86_400_000L * 1000);
    }
    return datum(value, type);
  }

  private static Object datum(Comparable<?> value, PgType type) {
    if (value instanceof BigDecimal number) {
      return number(number, type);
    }
    if (value instanceof NlsString string) {
      String text = string.getValue();
      return Casts.isString(type) ? text : type.parseText(text, ZoneOffset.UTC);
    }
    if (value instanceof ByteString bytes) {
      return bytes.getBytes();
    }
    if (value instanceof DateString date) {
      return date.getDaysSinceEpoch();
    }
    if (value instanceof TimestampString timestamp) {
      return micros(timestamp.getMillisSinceEpoch(), timestamp.toString());
    }
    if (value instanceof TimeString time) {
      return micros(time.getMillisOfDay(), time.toString());
    }
    return value;
  }

  /** Milliseconds plus what the text form says beyond them. */
  private static long micros(long millis, String text) {
    int point = text.indexOf('.');
    if (point < 0) {
      return millis * 1000;
    }
    String fraction = (text.substring(point + 1) + "000000").substring(0, 6);
    return Math.floorDiv(millis, 1000L) * 1_000_000L + Long.parseLong(fraction);
  }

  private static Object number(BigDecimal number, PgType type) {
    if (type == PgTypes.NUMERIC) {
      return number.scale() < 0 ? number.setScale(0) : number;
    }
    return Casts.between(PgTypes.NUMERIC, type).apply(number, ZoneOffset.UTC);
  }
}
