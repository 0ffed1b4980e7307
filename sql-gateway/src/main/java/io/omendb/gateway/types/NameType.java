package io.omendb.gateway.types;

import java.nio.charset.StandardCharsets;
import java.time.ZoneId;

/** {@code name}: an identifier, cut to 63 bytes. */
final class NameType extends StringType {
  private static final int BYTES_MAX = 63;

  NameType() {
    super(19, "name", 64, "name", 'S');
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    // No character is under a byte, so only the first 63 can stay.
    String name = text.length() > BYTES_MAX ? text.substring(0, BYTES_MAX) : text;
    while (name.getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
      name = name.substring(0, name.offsetByCodePoints(name.length(), -1));
    }
    return name;
  }
}
