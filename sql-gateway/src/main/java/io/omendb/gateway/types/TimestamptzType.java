package io.omendb.gateway.types;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** {@code timestamp with time zone}: an instant, shown in the session's zone with its offset. */
final class TimestamptzType extends AbstractTimestampType {
  TimestamptzType() {
    super(1184, "timestamptz", "timestamp with time zone");
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    long micros = (Long) datum;
    ZoneOffset offset =
        zone instanceof ZoneOffset fixed
            ? fixed
            : zone.getRules().getOffset(Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L)));
    int seconds = offset.getTotalSeconds();
    long year = appendLocal(out, micros + seconds * 1_000_000L);
    out.append(seconds < 0 ? '-' : '+');
    int magnitude = Math.abs(seconds);
    CivilDate.appendTwo(out, magnitude / 3600);
    if (magnitude % 3600 != 0) {
      out.append(':');
      CivilDate.appendTwo(out, magnitude / 60 % 60);
      if (magnitude % 60 != 0) {
        out.append(':');
        CivilDate.appendTwo(out, magnitude % 60);
      }
    }
    CivilDate.appendEra(out, year);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return DateTimeParser.parseInstant(this, text, zone);
  }
}
