package io.omendb.gateway.types;

import java.time.ZoneId;

/** {@code timestamp without time zone}. */
final class TimestampType extends AbstractTimestampType {
  TimestampType() {
    super(1114, "timestamp", "timestamp without time zone");
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    CivilDate.appendEra(out, appendLocal(out, (Long) datum));
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return DateTimeParser.parseTimestamp(this, text, zone);
  }
}
