package io.omendb.gateway.types;

/** What the integer types share: reading decimal text with PostgreSQL's two different errors. */
abstract class IntegerType extends PgType {
  private final long min;
  private final long max;

  IntegerType(int oid, String name, int lengthBytes, String sqlName, long min, long max) {
    super(oid, name, lengthBytes, sqlName, 'N');
    this.min = min;
    this.max = max;
  }

  /** Blanks around an optionally signed number; 22P02 if it is none, 22003 out of range. */
  final long parseLong(String text) {
    String number = text.strip();
    int start = !number.isEmpty() && (number.charAt(0) == '-' || number.charAt(0) == '+') ? 1 : 0;
    if (start == number.length()) {
      throw invalidText(text);
    }
    for (int i = start; i < number.length(); i++) {
      char c = number.charAt(i);
      if (c < '0' || c > '9') {
        throw invalidText(text);
      }
    }
    long value;
    try {
      value = Long.parseLong(number);
    } catch (NumberFormatException tooLong) {
      throw outOfRange(text);
    }
    if (value < min || value > max) {
      throw outOfRange(text);
    }
    return value;
  }
}
