package io.omendb.gateway.olap;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Datums as Flink SQL literals of the type they travel as. */
final class FlinkLiterals {
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

  private FlinkLiterals() {}

  static String literal(@Nullable Object datum, FlinkTypes.Carried type) {
    if (datum == null) {
      return "CAST(NULL AS " + type.sql() + ")";
    }
    return switch (type.columnType().kind()) {
      case BOOLEAN -> datum.equals(true) ? "TRUE" : "FALSE";
      case INTEGER -> cast(datum.toString(), type);
      case SMALLINT, BIGINT, TIME -> cast(datum.toString(), type);
      // Through text: a decimal or double literal would be rounded by the parser's own types.
      case REAL, DOUBLE -> floating(((Number) datum).doubleValue(), type);
      case NUMERIC -> cast(((BigDecimal) datum).toPlainString(), type);
      case TEXT, VARCHAR, CHAR -> cast(quoted((String) datum), type);
      case DATE -> "DATE '" + LocalDate.ofEpochDay((Integer) datum) + "'";
      case TIMESTAMP -> timestamp((Long) datum, type);
      case TIMESTAMPTZ -> "CAST(" + timestamp((Long) datum, type) + " AS TIMESTAMP_LTZ(6))";
      case BYTEA -> cast("x'" + HexFormat.of().formatHex((byte[]) datum) + "'", type);
      case UUID -> cast("x'" + ((UUID) datum).toString().replace("-", "") + "'", type);
    };
  }

  private static String cast(String text, FlinkTypes.Carried type) {
    return "CAST(" + text + " AS " + type.sql() + ")";
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String floating(double value, FlinkTypes.Carried type) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new UnsupportedPlanException("Flink SQL has no literal for " + value);
    }
    return cast("'" + value + "'", type);
  }

  private static String timestamp(long micros, FlinkTypes.Carried type) {
    Instant instant =
        Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
    LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    if (time.getYear() < 1 || time.getYear() > 9999) {
      throw new UnsupportedPlanException(
          "Flink SQL has no literal for a %s in the year %d"
              .formatted(type.pgType().name(), time.getYear()));
    }
    return "TIMESTAMP '" + TIMESTAMP.format(time) + "'";
  }
}
