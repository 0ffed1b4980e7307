package io.omendb.gateway.types;

import java.time.ZoneId;

/** {@code "char"}: one byte of the catalogs; the empty string is the zero byte. */
final class CharType extends StringType {
  CharType() {
    super(18, "char", 1, "\"char\"", 'Z');
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return text.length() <= 1 ? text : text.substring(0, 1);
  }
}
