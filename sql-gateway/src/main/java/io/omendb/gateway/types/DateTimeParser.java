package io.omendb.gateway.types;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads dates, times and timestamps the way PostgreSQL does with DateStyle "ISO, MDY": ISO 8601
 * with blank or T between date and time, compact digits, month names, m/d/y, AM and PM, BC, offsets
 * and zone names, and the words epoch, now, today, tomorrow and yesterday. One use per input.
 *
 * <p>Text that has no such form is 22007, a form with impossible values 22008. The infinities are
 * refused (0A000): storage has no place for them.
 */
final class DateTimeParser {
  static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final int YEAR_MAX = 5_874_897;
  private static final long JULIAN_DAY_OF_1970 = 2_440_588;

  /** The year in which PostgreSQL's timestamps end. */
  private static final int TIMESTAMP_YEAR_MAX = 294_276;

  private static final String[] MONTHS = {
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december"
  };
  private static final String[] WEEKDAYS = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
  };
  private final PgType type;
  private final String text;
  private final ZoneId sessionZone;
  private int position;

  private boolean dateSeen;
  private long year;
  private int month;
  private int day;
  private boolean beforeChrist;
  private boolean astronomicalYear;

  private boolean timeSeen;
  private long microsOfDay;
  private @Nullable ZoneId zone;
  private @Nullable String word;

  private DateTimeParser(PgType type, String text, ZoneId sessionZone) {
    this.type = type;
    this.text = text;
    this.sessionZone = sessionZone;
  }

  /** Days since 1970; a time of day and a zone are read over. */
  static int parseDate(PgType type, String text, ZoneId sessionZone) {
    DateTimeParser parser = new DateTimeParser(type, text, sessionZone);
    parser.parse();
    if (!parser.dateSeen) {
      throw parser.malformed();
    }
    long days = parser.days();
    if (days < CivilDate.DAYS_MIN || days > CivilDate.DAYS_MAX) {
      throw new OmenException(
          ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range: \"%s\"".formatted(text));
    }
    return (int) days;
  }

  /** Microseconds of the day, 24:00 included; a date and a zone are read over. */
  static long parseTime(PgType type, String text, ZoneId sessionZone) {
    DateTimeParser parser = new DateTimeParser(type, text, sessionZone);
    parser.parse();
    if (!parser.timeSeen) {
      throw parser.malformed();
    }
    return parser.microsOfDay;
  }

  /** Microseconds since 1970 of the local date and time; a zone is read over. */
  static long parseTimestamp(PgType type, String text, ZoneId sessionZone) {
    DateTimeParser parser = new DateTimeParser(type, text, sessionZone);
    parser.parse();
    if (!parser.dateSeen) {
      throw parser.malformed();
    }
    return parser.localMicros();
  }

  /** Microseconds since 1970 UTC; without a zone in the text the session's applies. */
  static long parseInstant(PgType type, String text, ZoneId sessionZone) {
    DateTimeParser parser = new DateTimeParser(type, text, sessionZone);
    parser.parse();
    if (!parser.dateSeen) {
      throw parser.malformed();
    }
    if ("now".equals(parser.word)) {
      Instant now = Instant.now();
      return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }
    ZoneId zone = parser.zone == null ? sessionZone : parser.zone;
    long local = parser.localMicros();
    return parser.checked(local - offsetSecondsAtLocal(local, zone) * 1_000_000L);
  }

  /**
   * The offset of a local time. In a spring-forward gap it is the offset before, at a fall-back
   * overlap the one after: PostgreSQL's choice.
   */
  static int offsetSecondsAtLocal(long localMicros, ZoneId zone) {
    if (zone instanceof ZoneOffset offset) {
      return offset.getTotalSeconds();
    }
    LocalDateTime local =
        LocalDateTime.ofEpochSecond(Math.floorDiv(localMicros, 1_000_000L), 0, ZoneOffset.UTC);
    var transition = zone.getRules().getTransition(local);
    if (transition != null) {
      return (transition.isGap() ? transition.getOffsetBefore() : transition.getOffsetAfter())
          .getTotalSeconds();
    }
    return zone.getRules().getOffset(local).getTotalSeconds();
  }

  private void parse() {
    skipBlanks();
    if (position == text.length()) {
      throw malformed();
    }
    while (position < text.length()) {
      char c = text.charAt(position);
      if (isDigit(c)) {
        parseDigits();
      } else if (text.regionMatches(true, position, "-infinity", 0, 9)) {
        position++;
      } else if (c == '+' || c == '-') {
        if (!timeSeen || zone != null) {
          throw malformed();
        }
        zone = parseOffset();
      } else if (Character.isLetter(c)) {
        parseWord();
      } else {
        throw malformed();
      }
      skipBlanks();
    }
    if (dateSeen) {
      validateDate();
    } else if (day != 0 && month == 0 && !timeSeen) {
      // A number alone would be a month.
      throw day > 12 ? fieldOutOfRange() : malformed();
    }
  }

  private void parseDigits() {
    int start = position;
    int end = start;
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    if (end - start > 18) {
      throw fieldOutOfRange();
    }
    char next = end < text.length() ? text.charAt(end) : '\0';
    if (next == ':') {
      parseClock();
    } else if (next == '.' && !dateSeen && parseDayOfYear(start, end)) {
      return;
    } else if ((next == '-' || next == '/' || next == '.') && !dateSeen) {
      parseSeparatedDate(next);
    } else if (dateSeen && !timeSeen && (end - start == 6 || end - start == 4)) {
      parseCompactTime(start, end);
    } else if (!dateSeen && month == 0 && end - start == 8) {
      setDate(
          number(start, start + 4),
          (int) number(start + 4, start + 6),
          (int) number(start + 6, end));
      position = end;
    } else if (!dateSeen
        && month == 0
        && !timeSeen
        && end - start == 6
        && type.oid() == PgTypes.TIME.oid()) {
      parseCompactTime(start, end);
    } else if (!dateSeen && month == 0 && day == 0 && !timeSeen && end - start == 6) {
      setDate(
          fullYear(start, start + 2),
          (int) number(start + 2, start + 4),
          (int) number(start + 4, end));
      position = end;
    } else if (!dateSeen && month != 0) {
      numberBesideMonth(start, end);
    } else if (!dateSeen && day == 0) {
      // The day of "3 January 2024".
      day = (int) Math.min(number(start, end), 1000);
      position = end;
    } else if (!timeSeen && hasMeridiem(end)) {
      microsOfDay = hourWithMeridiem(number(start, end), end) * 3_600_000_000L;
      timeSeen = true;
    } else {
      throw malformed();
    }
  }

  private void numberBesideMonth(int start, int end) {
    if (day == 0 && end - start <= 2) {
      day = (int) number(start, end);
    } else {
      int named = month;
      int dayOfMonth = day;
      if (dayOfMonth == 0) {
        throw malformed();
      }
      setDate(fullYear(start, end), named, dayOfMonth);
    }
    position = end;
  }

  /** y-m-d, m-d-y, d-Mon-y, y-Mon-d with one kind of separator. */
  private void parseSeparatedDate(char separator) {
    int start = position;
    int firstEnd = fieldEnd(start);
    if (firstEnd >= text.length() || text.charAt(firstEnd) != separator) {
      throw malformed();
    }
    int secondEnd = fieldEnd(firstEnd + 1);
    if (secondEnd >= text.length() || text.charAt(secondEnd) != separator) {
      throw malformed();
    }
    int thirdStart = secondEnd + 1;
    int thirdEnd = thirdStart;
    while (thirdEnd < text.length() && isDigit(text.charAt(thirdEnd))) {
      thirdEnd++;
    }
    if (thirdEnd == thirdStart
        || firstEnd == start
        || secondEnd == firstEnd + 1
        || thirdEnd - thirdStart > 9) {
      throw malformed();
    }
    boolean yearFirst = firstEnd - start > 2;
    if (Character.isLetter(text.charAt(firstEnd + 1))) {
      int named = monthNumber(text.substring(firstEnd + 1, secondEnd).toLowerCase(Locale.ROOT));
      if (named == 0) {
        throw malformed();
      }
      if (yearFirst) {
        setDate(number(start, firstEnd), named, (int) number(thirdStart, thirdEnd));
      } else {
        setDate(fullYear(thirdStart, thirdEnd), named, (int) number(start, firstEnd));
      }
    } else if (yearFirst) {
      setDate(
          number(start, firstEnd),
          (int) number(firstEnd + 1, secondEnd),
          (int) number(thirdStart, thirdEnd));
    } else {
      setDate(
          fullYear(thirdStart, thirdEnd),
          (int) number(start, firstEnd),
          (int) number(firstEnd + 1, secondEnd));
    }
    position = thirdEnd;
  }

  private int fieldEnd(int start) {
    int end = start;
    boolean letters = start < text.length() && Character.isLetter(text.charAt(start));
    while (end < text.length()
        && (letters ? Character.isLetter(text.charAt(end)) : isDigit(text.charAt(end)))) {
      end++;
    }
    if (end - start > 9) {
      throw fieldOutOfRange();
    }
    return end;
  }

  private long fullYear(int start, int end) {
    long value = number(start, end);
    return end - start > 2 ? value : value < 70 ? 2000 + value : 1900 + value;
  }

  /** h:m, h:m:s, h:m:s.fraction, and a following AM or PM. */
  private void parseClock() {
    if (timeSeen) {
      throw malformed();
    }
    long hours = parseNumber(9);
    expect(':');
    long minutes = parseNumber(2);
    long seconds = 0;
    long fraction = 0;
    if (position < text.length() && text.charAt(position) == ':') {
      position++;
      seconds = parseNumber(2);
      fraction = parseFraction();
    }
    setTime(hours, minutes, seconds, fraction);
  }

  private void parseCompactTime(int start, int end) {
    position = end;
    long seconds = end - start == 6 ? number(start + 4, end) : 0;
    setTime(number(start, start + 2), number(start + 2, start + 4), seconds, parseFraction());
  }

  private void setTime(long hours, long minutes, long seconds, long fraction) {
    long hour = hourWithMeridiem(hours, position);
    if (hour > 24
        || minutes > 59
        || seconds > 60
        || (hour == 24 && (minutes > 0 || seconds > 0 || fraction > 0))) {
      throw fieldOutOfRange();
    }
    microsOfDay = ((hour * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
    if (microsOfDay > MICROS_PER_DAY) {
      throw fieldOutOfRange();
    }
    timeSeen = true;
  }

  /** Microseconds, rounded as PostgreSQL does; 1,000,000 where .9999999 rounds up. */
  private long parseFraction() {
    if (position >= text.length() || text.charAt(position) != '.') {
      return 0;
    }
    int start = position;
    position++;
    while (position < text.length() && isDigit(text.charAt(position))) {
      position++;
    }
    return position == start + 1
        ? 0
        : (long) Math.rint(Double.parseDouble(text.substring(start, position)) * 1_000_000);
  }

  private boolean hasMeridiem(int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    return at + 2 <= text.length()
        && (text.regionMatches(true, at, "am", 0, 2) || text.regionMatches(true, at, "pm", 0, 2))
        && (at + 2 == text.length() || !Character.isLetter(text.charAt(at + 2)));
  }

  private long hourWithMeridiem(long hour, int from) {
    if (!hasMeridiem(from)) {
      return hour;
    }
    int at = from;
    while (text.charAt(at) == ' ') {
      at++;
    }
    boolean afternoon = Character.toLowerCase(text.charAt(at)) == 'p';
    position = at + 2;
    if (hour < 1 || hour > 12) {
      throw fieldOutOfRange();
    }
    return hour % 12 + (afternoon ? 12 : 0);
  }

  private void parseWord() {
    int start = position;
    while (position < text.length() && isZoneCharacter(text.charAt(position))) {
      position++;
    }
    String found = text.substring(start, position).toLowerCase(Locale.ROOT);
    if (!dateSeen && found.matches("j\\d{1,10}")) {
      setJulianDay(Long.parseLong(found, 1, found.length(), 10));
      return;
    }
    if (found.length() > 1 && found.charAt(0) == 't' && isDigit(found.charAt(1)) && dateSeen) {
      position = start + 1; // the T between date and time
      return;
    }
    int plainEnd = 0;
    while (plainEnd < found.length() && Character.isLetter(found.charAt(plainEnd))) {
      plainEnd++;
    }
    String plain = found.substring(0, plainEnd);
    int named = monthNumber(plain);
    if (named > 0 && month == 0 && !dateSeen) {
      month = named;
      position = start + plainEnd;
      if (position < text.length() && text.charAt(position) == '.') {
        position++;
      }
      parseDayAndYear();
      return;
    }
    if (isWeekday(plain)) {
      position = start + plainEnd;
      return;
    }
    switch (found) {
      case "t" -> {
        if (!dateSeen) {
          throw malformed();
        }
      }
      case "bc" -> beforeChrist = true;
      case "ad" -> {}
      case "infinity" ->
          throw new OmenException(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "infinite values are not supported for type " + type.sqlName());
      case "epoch", "now", "today", "tomorrow", "yesterday" -> setWord(found);
      case "allballs" -> timeSeen = true;
      default -> parseZone(start, found);
    }
  }

  private void setJulianDay(long julianDay) {
    long days = julianDay - JULIAN_DAY_OF_1970;
    if (days > CivilDate.DAYS_MAX) {
      throw fieldOutOfRange();
    }
    StringBuilder civil = new StringBuilder();
    long civilYear = CivilDate.append(civil, days);
    int dash = civil.length() - 6;
    setDate(
        civilYear,
        Integer.parseInt(civil, dash + 1, dash + 3, 10),
        Integer.parseInt(civil, dash + 4, dash + 6, 10));
    astronomicalYear = true;
  }

  /** The -08-99 of "Jan-08-99": a day and a year, or a year of more than two digits and a day. */
  private void parseDayAndYear() {
    if (position >= text.length() || "-/".indexOf(text.charAt(position)) < 0) {
      return;
    }
    char separator = text.charAt(position);
    int firstStart = position + 1;
    int firstEnd = fieldEnd(firstStart);
    if (firstEnd == firstStart || firstEnd >= text.length() || text.charAt(firstEnd) != separator) {
      throw malformed();
    }
    int secondEnd = fieldEnd(firstEnd + 1);
    if (secondEnd == firstEnd + 1
        || !isDigit(text.charAt(firstStart))
        || !isDigit(text.charAt(firstEnd + 1))) {
      throw malformed();
    }
    if (firstEnd - firstStart > 2) {
      setDate(number(firstStart, firstEnd), month, (int) number(firstEnd + 1, secondEnd));
    } else {
      setDate(fullYear(firstEnd + 1, secondEnd), month, (int) number(firstStart, firstEnd));
    }
    position = secondEnd;
  }

  /** The 008 of "1999.008": the day of the year. */
  private boolean parseDayOfYear(int start, int end) {
    int last = end + 1;
    while (last < text.length() && isDigit(text.charAt(last))) {
      last++;
    }
    if (end - start != 4 || last - end != 4 || (last < text.length() && text.charAt(last) == '.')) {
      return false;
    }
    long yearGiven = number(start, end);
    long dayOfYear = number(end + 1, last);
    if (dayOfYear < 1 || dayOfYear > (CivilDate.isLeap(yearGiven) ? 366 : 365)) {
      throw fieldOutOfRange();
    }
    setJulianDay(CivilDate.daysOf(yearGiven, 1, 1) + dayOfYear - 1 + JULIAN_DAY_OF_1970);
    position = last;
    return true;
  }

  private void parseZone(int start, String found) {
    if (zone != null || !(timeSeen || dateSeen)) {
      throw malformed();
    }
    zone = TimeZones.abbreviation(found);
    if (zone == null) {
      zone = TimeZones.find(text.substring(start, position));
    }
    if (zone == null) {
      if (found.contains("/")) {
        throw new OmenException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            "time zone \"%s\" not recognized".formatted(text.substring(start, position)));
      }
      throw malformed();
    }
  }

  private static boolean isZoneCharacter(char c) {
    return Character.isLetterOrDigit(c) || c == '/' || c == '_' || c == '-' || c == '+';
  }

  private void setWord(String found) {
    if (dateSeen || word != null) {
      throw malformed();
    }
    word = found;
    LocalDateTime now = LocalDateTime.now(sessionZone);
    LocalDateTime value =
        switch (found) {
          case "epoch" -> LocalDateTime.of(1970, 1, 1, 0, 0);
          case "now" -> now;
          case "tomorrow" -> now.toLocalDate().plusDays(1).atStartOfDay();
          case "yesterday" -> now.toLocalDate().minusDays(1).atStartOfDay();
          default -> now.toLocalDate().atStartOfDay();
        };
    setDate(value.getYear(), value.getMonthValue(), value.getDayOfMonth());
    if (found.equals("epoch")) {
      zone = ZoneOffset.UTC;
    }
    if (found.equals("now")) {
      microsOfDay = value.toLocalTime().toNanoOfDay() / 1000;
      timeSeen = true;
    }
  }

  /** +hh, +hhmm, +hh:mm, +hh:mm:ss. */
  private ZoneOffset parseOffset() {
    int sign = text.charAt(position++) == '-' ? -1 : 1;
    int start = position;
    long hours = parseNumber(6);
    int digits = position - start;
    long minutes = 0;
    long seconds = 0;
    if (digits > 2) {
      seconds = digits > 4 ? hours % 100 : 0;
      long rest = digits > 4 ? hours / 100 : hours;
      minutes = rest % 100;
      hours = rest / 100;
    } else if (position < text.length() && text.charAt(position) == ':') {
      position++;
      minutes = parseNumber(2);
      if (position < text.length() && text.charAt(position) == ':') {
        position++;
        seconds = parseNumber(2);
      }
    }
    if (hours > 15 || minutes > 59 || seconds > 59) {
      throw new OmenException(
          ErrorCode.INVALID_TIME_ZONE_DISPLACEMENT,
          "time zone displacement out of range: \"%s\"".formatted(text));
    }
    return ZoneOffset.ofTotalSeconds((int) (sign * ((hours * 60 + minutes) * 60 + seconds)));
  }

  private long parseNumber(int digitsMax) {
    int start = position;
    while (position < text.length() && isDigit(text.charAt(position))) {
      position++;
    }
    if (position == start) {
      throw malformed();
    }
    if (position - start > digitsMax) {
      throw fieldOutOfRange();
    }
    return number(start, position);
  }

  private long number(int start, int end) {
    return Long.parseLong(text, start, end, 10);
  }

  private void expect(char c) {
    if (position >= text.length() || text.charAt(position) != c) {
      throw malformed();
    }
    position++;
  }

  private void setDate(long newYear, int newMonth, int newDay) {
    dateSeen = true;
    year = newYear;
    month = newMonth;
    day = newDay;
  }

  private void validateDate() {
    if (astronomicalYear) {
      return;
    }
    if (beforeChrist) {
      if (year < 1) {
        throw fieldOutOfRange();
      }
      year = 1 - year;
    } else if (year == 0) {
      throw fieldOutOfRange();
    }
    if (year > YEAR_MAX
        || month < 1
        || month > 12
        || day < 1
        || day > CivilDate.daysInMonth(year, month)) {
      throw fieldOutOfRange();
    }
  }

  private long days() {
    return CivilDate.daysOf(year, month, day);
  }

  private long localMicros() {
    try {
      return checked(
          Math.addExact(Math.multiplyExact(days(), MICROS_PER_DAY), timeSeen ? microsOfDay : 0));
    } catch (ArithmeticException overflow) {
      if (year <= TIMESTAMP_YEAR_MAX) {
        throw new OmenException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "timestamps after 294247-01-10 are not supported: \"%s\"".formatted(text));
      }
      throw timestampOutOfRange();
    }
  }

  private long checked(long micros) {
    if (micros < CivilDate.DAYS_MIN * MICROS_PER_DAY) {
      throw timestampOutOfRange();
    }
    return micros;
  }

  private static int monthNumber(String lower) {
    if (lower.length() < 3) {
      return 0;
    }
    for (int i = 0; i < MONTHS.length; i++) {
      if (MONTHS[i].equals(lower)
          || (lower.length() == 3 && MONTHS[i].startsWith(lower))
          || (i == 8 && lower.equals("sept"))) {
        return i + 1;
      }
    }
    return 0;
  }

  private static boolean isWeekday(String lower) {
    for (String weekday : WEEKDAYS) {
      if (lower.length() >= 3 && weekday.startsWith(lower)) {
        return true;
      }
    }
    return false;
  }

  private void skipBlanks() {
    while (position < text.length()
        && (Character.isWhitespace(text.charAt(position)) || text.charAt(position) == ',')) {
      position++;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private OmenException malformed() {
    return new OmenException(
        ErrorCode.INVALID_DATETIME_FORMAT,
        "invalid input syntax for type %s: \"%s\"".formatted(type.sqlName(), text));
  }

  private OmenException fieldOutOfRange() {
    return new OmenException(
        ErrorCode.DATETIME_FIELD_OVERFLOW,
        "date/time field value out of range: \"%s\"".formatted(text));
  }

  private OmenException timestampOutOfRange() {
    return new OmenException(
        ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range: \"%s\"".formatted(text));
  }
}
