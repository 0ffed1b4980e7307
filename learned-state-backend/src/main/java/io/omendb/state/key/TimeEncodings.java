package io.omendb.state.key;

import java.io.IOException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Date;
import java.util.function.LongFunction;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.jspecify.annotations.Nullable;

/**
 * Dates, times and windows, in the order of their {@code compareTo}.
 *
 * <pre>
 * java.util.Date, java.sql.Date, Time    milliseconds(8)
 * java.sql.Timestamp                     milliseconds(8) nanoseconds of the second(4)
 * Instant                                seconds(8) nanoseconds of the second(4)
 * LocalDate                              year(4) month(1) day(1)
 * LocalTime                              nanoseconds of the day(8)
 * LocalDateTime                          date(6) time(8)
 * TimeWindow                             start(8) end(8)
 * </pre>
 *
 * All numbers are big-endian with the sign bit flipped, but month and day, which have none. Null is
 * the least number in the first field, as in Flink's serializers, and zeros after it.
 */
@SuppressWarnings("JavaUtilDate") // keys of these types exist
final class TimeEncodings {

  private TimeEncodings() {}

  static final SimpleEncoding<Date> DATE = milliseconds("date", Date::new);

  static final SimpleEncoding<java.sql.Date> SQL_DATE = milliseconds("sqldate", java.sql.Date::new);

  static final SimpleEncoding<Time> SQL_TIME = milliseconds("sqltime", Time::new);

  static final SimpleEncoding<Timestamp> SQL_TIMESTAMP =
      new SimpleEncoding<>(
          "sqltimestamp", TimeEncodings::writeTimestamp, TimeEncodings::readTimestamp);

  static final SimpleEncoding<Instant> INSTANT =
      new SimpleEncoding<>("instant", TimeEncodings::writeInstant, TimeEncodings::readInstant);

  static final SimpleEncoding<LocalDate> LOCAL_DATE =
      new SimpleEncoding<>("localdate", TimeEncodings::writeDate, TimeEncodings::readDate);

  static final SimpleEncoding<LocalTime> LOCAL_TIME =
      new SimpleEncoding<>("localtime", TimeEncodings::writeTime, TimeEncodings::readTime);

  static final SimpleEncoding<LocalDateTime> LOCAL_DATE_TIME =
      new SimpleEncoding<>(
          "localdatetime", TimeEncodings::writeDateTime, TimeEncodings::readDateTime);

  static final SimpleEncoding<TimeWindow> TIME_WINDOW =
      new SimpleEncoding<>(
          "timewindow",
          (window, out) -> {
            LongEncoding.write(window.getStart(), out);
            LongEncoding.write(window.getEnd(), out);
          },
          in -> new TimeWindow(LongEncoding.read(in), LongEncoding.read(in)));

  private static <T extends Date> SimpleEncoding<T> milliseconds(
      String form, LongFunction<T> ofMilliseconds) {
    return new SimpleEncoding<>(
        form,
        (value, out) -> LongEncoding.write(value == null ? Long.MIN_VALUE : value.getTime(), out),
        in -> {
          long milliseconds = LongEncoding.read(in);
          return milliseconds == Long.MIN_VALUE ? null : ofMilliseconds.apply(milliseconds);
        });
  }

  private static void writeTimestamp(@Nullable Timestamp value, DataOutputSerializer out)
      throws IOException {
    LongEncoding.write(value == null ? Long.MIN_VALUE : value.getTime(), out);
    IntEncoding.write(value == null ? 0 : value.getNanos(), out);
  }

  private static @Nullable Timestamp readTimestamp(DataInputDeserializer in) throws IOException {
    long milliseconds = LongEncoding.read(in);
    int nanoseconds = IntEncoding.read(in);
    if (milliseconds == Long.MIN_VALUE) {
      return null;
    }
    Timestamp value = new Timestamp(milliseconds);
    value.setNanos(nanoseconds);
    return value;
  }

  private static void writeInstant(@Nullable Instant value, DataOutputSerializer out)
      throws IOException {
    LongEncoding.write(value == null ? Long.MIN_VALUE : value.getEpochSecond(), out);
    IntEncoding.write(value == null ? 0 : value.getNano(), out);
  }

  private static @Nullable Instant readInstant(DataInputDeserializer in) throws IOException {
    long seconds = LongEncoding.read(in);
    int nanoseconds = IntEncoding.read(in);
    return seconds == Long.MIN_VALUE ? null : Instant.ofEpochSecond(seconds, nanoseconds);
  }

  private static void writeDate(@Nullable LocalDate value, DataOutputSerializer out)
      throws IOException {
    IntEncoding.write(value == null ? Integer.MIN_VALUE : value.getYear(), out);
    out.write(value == null ? 0 : value.getMonthValue());
    out.write(value == null ? 0 : value.getDayOfMonth());
  }

  private static @Nullable LocalDate readDate(DataInputDeserializer in) throws IOException {
    int year = IntEncoding.read(in);
    int month = in.readUnsignedByte();
    int day = in.readUnsignedByte();
    if (year == Integer.MIN_VALUE) {
      return null;
    }
    try {
      return LocalDate.of(year, month, day);
    } catch (DateTimeException e) {
      throw new IOException("No date is encoded here", e);
    }
  }

  private static void writeTime(@Nullable LocalTime value, DataOutputSerializer out)
      throws IOException {
    LongEncoding.write(value == null ? Long.MIN_VALUE : value.toNanoOfDay(), out);
  }

  private static @Nullable LocalTime readTime(DataInputDeserializer in) throws IOException {
    long nanoseconds = LongEncoding.read(in);
    return nanoseconds == Long.MIN_VALUE ? null : LocalTime.ofNanoOfDay(nanoseconds);
  }

  private static void writeDateTime(@Nullable LocalDateTime value, DataOutputSerializer out)
      throws IOException {
    writeDate(value == null ? null : value.toLocalDate(), out);
    writeTime(value == null ? null : value.toLocalTime(), out);
  }

  private static @Nullable LocalDateTime readDateTime(DataInputDeserializer in) throws IOException {
    LocalDate date = readDate(in);
    LocalTime time = readTime(in);
    return date == null || time == null ? null : LocalDateTime.of(date, time);
  }
}
