package io.omendb.gateway.types;

/**
 * Days since 1970-01-01 to the proleptic Gregorian calendar and back, and their text. Years are
 * astronomical here (0 is 1 BC). The arithmetic counts years from March, so that the leap day is
 * the last of its year.
 */
final class CivilDate {
  private static final long DAYS_PER_ERA = 146_097; // 400 years
  private static final long EPOCH_FROM_MARCH_0000 = 719_468;

  /** 4714-11-24 BC, the first day of the Julian day count: PostgreSQL's smallest date. */
  static final long DAYS_MIN = daysOf(-4713, 11, 24);

  /** 5874897-12-31: PostgreSQL's largest date. */
  static final long DAYS_MAX = daysOf(5_874_897, 12, 31);

  private CivilDate() {}

  static long daysOf(long year, int month, int day) {
    long y = month <= 2 ? year - 1 : year;
    long era = Math.floorDiv(y, 400L);
    long yearOfEra = y - era * 400;
    long dayOfYear = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * DAYS_PER_ERA + dayOfEra - EPOCH_FROM_MARCH_0000;
  }

  static int daysInMonth(long year, int month) {
    return switch (month) {
      case 2 -> isLeap(year) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  static boolean isLeap(long year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  }

  /** Appends YYYY-MM-DD without the era and returns the year. */
  static long append(StringBuilder out, long days) {
    long shifted = days + EPOCH_FROM_MARCH_0000;
    long era = Math.floorDiv(shifted, DAYS_PER_ERA);
    long dayOfEra = shifted - era * DAYS_PER_ERA;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    long monthFromMarch = (5 * dayOfYear + 2) / 153;
    int day = (int) (dayOfYear - (153 * monthFromMarch + 2) / 5 + 1);
    int month = (int) (monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9);
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    long shown = year > 0 ? year : 1 - year;
    for (long limit = 1000; limit > shown && limit > 1; limit /= 10) {
      out.append('0');
    }
    out.append(shown).append('-');
    appendTwo(out, month);
    out.append('-');
    appendTwo(out, day);
    return year;
  }

  /** Appends " BC" where the year that {@link #append} returned needs it. */
  static void appendEra(StringBuilder out, long year) {
    if (year <= 0) {
      out.append(" BC");
    }
  }

  /** Appends hh:mm:ss and, where there is one, the fraction without trailing zeros. */
  static void appendTime(StringBuilder out, long microsOfDay) {
    long seconds = microsOfDay / 1_000_000;
    appendTwo(out, (int) (seconds / 3600));
    out.append(':');
    appendTwo(out, (int) (seconds / 60 % 60));
    out.append(':');
    appendTwo(out, (int) (seconds % 60));
    appendFraction(out, (int) (microsOfDay % 1_000_000));
  }

  static void appendFraction(StringBuilder out, int micros) {
    if (micros == 0) {
      return;
    }
    out.append('.');
    int rest = micros;
    for (int place = 100_000; rest > 0; place /= 10) {
      out.append((char) ('0' + rest / place));
      rest %= place;
    }
  }

  static void appendTwo(StringBuilder out, int value) {
    if (value < 10) {
      out.append('0');
    }
    out.append(value);
  }
}
