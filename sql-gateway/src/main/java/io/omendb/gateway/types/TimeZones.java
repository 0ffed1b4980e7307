package io.omendb.gateway.types;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Time zones by the names that PostgreSQL takes: those of the time zone database in any case,
 * abbreviations, and POSIX specifications of a fixed offset, {@code <+05>-5} or {@code JST-9},
 * which count hours <i>west</i> of Greenwich.
 */
public final class TimeZones {
  /** Three zones of the database that Java keeps as offsets. */
  private static final Map<String, String> FIXED =
      Map.of("est", "-05:00", "mst", "-07:00", "hst", "-10:00");

  private static final Map<String, String> ABBREVIATIONS =
      Map.ofEntries(
          Map.entry("z", "+00"),
          Map.entry("zulu", "+00"),
          Map.entry("utc", "+00"),
          Map.entry("uct", "+00"),
          Map.entry("gmt", "+00"),
          Map.entry("ut", "+00"),
          Map.entry("est", "-05"),
          Map.entry("edt", "-04"),
          Map.entry("cst", "-06"),
          Map.entry("cdt", "-05"),
          Map.entry("mst", "-07"),
          Map.entry("mdt", "-06"),
          Map.entry("pst", "-08"),
          Map.entry("pdt", "-07"),
          Map.entry("akst", "-09"),
          Map.entry("akdt", "-08"),
          Map.entry("hst", "-10"),
          Map.entry("ast", "-04"),
          Map.entry("adt", "-03"),
          Map.entry("nst", "-0330"),
          Map.entry("ndt", "-0230"),
          Map.entry("wet", "+00"),
          Map.entry("west", "+01"),
          Map.entry("bst", "+01"),
          Map.entry("met", "+01"),
          Map.entry("mest", "+02"),
          Map.entry("cet", "+01"),
          Map.entry("cest", "+02"),
          Map.entry("eet", "+02"),
          Map.entry("eest", "+03"),
          Map.entry("msk", "+03"),
          Map.entry("msd", "+04"),
          Map.entry("jst", "+09"),
          Map.entry("kst", "+09"),
          Map.entry("hkt", "+08"),
          Map.entry("aest", "+10"),
          Map.entry("aedt", "+11"),
          Map.entry("acst", "+0930"),
          Map.entry("acdt", "+1030"),
          Map.entry("awst", "+08"),
          Map.entry("nzst", "+12"),
          Map.entry("nzdt", "+13"));

  private static final Pattern POSIX =
      Pattern.compile(
          "(?:<[A-Za-z0-9+-]+>|[A-Za-z]*)([+-]?)(\\d{1,3})(?::(\\d{1,2}))?(?::(\\d{1,2}))?");

  private static final Pattern DAYLIGHT =
      Pattern.compile("(?:<[A-Za-z0-9+-]+>|[A-Za-z]+)[+-]?\\d{1,3}(?::\\d+)*(?:<|[A-Za-z]).*");

  private static final Pattern HOURS = Pattern.compile("[+-]?\\d+(\\.\\d*)?|[+-]?\\.\\d+");
  private static final int SECONDS_MAX = 18 * 3600;

  private TimeZones() {}

  /** The names in lower case; read once. */
  private static final class Names {
    static final Map<String, ZoneId> ALL = new HashMap<>();

    static {
      for (String id : ZoneId.getAvailableZoneIds()) {
        if (!id.startsWith("SystemV/")) {
          ALL.put(id.toLowerCase(Locale.ROOT), ZoneId.of(id));
        }
      }
      FIXED.forEach((name, offset) -> ALL.put(name, ZoneOffset.of(offset)));
    }
  }

  /** A zone of the database or a fixed offset; null where there is none of that name. */
  public static @Nullable ZoneId find(String name) {
    ZoneId known = Names.ALL.get(name.toLowerCase(Locale.ROOT));
    return known != null ? known : posix(name);
  }

  /** An abbreviation's offset; null where it is none. */
  public static @Nullable ZoneOffset abbreviation(String name) {
    String offset = ABBREVIATIONS.get(name.toLowerCase(Locale.ROOT));
    return offset == null ? null : ZoneOffset.of(offset);
  }

  /** As AT TIME ZONE names a zone: an abbreviation before all; 22023 where there is none. */
  public static ZoneId named(String name) {
    ZoneId zone = abbreviation(name);
    if (zone == null) {
      zone = find(name);
    }
    if (zone == null) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE, "time zone \"%s\" not recognized".formatted(name));
    }
    return zone;
  }

  /**
   * The canonical form of a TimeZone setting, which {@link #find} takes; null where it is none. A
   * number counts hours <i>east</i> of Greenwich.
   */
  public static @Nullable String setting(String value) {
    String name = value.strip();
    if (HOURS.matcher(name).matches()) {
      double hours = Double.parseDouble(name);
      return Math.abs(hours) > 167 ? null : spelled((int) Math.rint(hours * 3600));
    }
    ZoneId known = Names.ALL.get(name.toLowerCase(Locale.ROOT));
    if (known != null) {
      boolean fixed = FIXED.containsKey(name.toLowerCase(Locale.ROOT));
      return fixed ? name.toUpperCase(Locale.ROOT) : known.getId();
    }
    return posix(name) == null ? null : name;
  }

  /** The zone of a setting's canonical form. */
  public static ZoneId ofSetting(String value) {
    ZoneId zone = find(value);
    return zone == null ? named(value) : zone;
  }

  /** An offset east as the POSIX specification that SHOW gives. */
  private static String spelled(int seconds) {
    StringBuilder out = new StringBuilder("<");
    appendOffset(out, seconds < 0 ? '-' : '+', Math.abs(seconds));
    out.append('>');
    appendOffset(out, seconds < 0 ? '+' : '-', Math.abs(seconds));
    String name = out.toString();
    posix(name); // refuses what is too far
    return name;
  }

  private static void appendOffset(StringBuilder out, char sign, int seconds) {
    out.append(sign);
    CivilDate.appendTwo(out, seconds / 3600);
    if (seconds % 3600 != 0) {
      out.append(':');
      CivilDate.appendTwo(out, seconds / 60 % 60);
    }
    if (seconds % 60 != 0) {
      out.append(':');
      CivilDate.appendTwo(out, seconds % 60);
    }
  }

  private static @Nullable ZoneOffset posix(String name) {
    Matcher matcher = POSIX.matcher(name);
    if (!matcher.matches()) {
      if (DAYLIGHT.matcher(name).matches()) {
        throw new OmenException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "time zone \"%s\": a POSIX specification with daylight-saving time is not supported"
                .formatted(name));
      }
      return null;
    }
    int seconds =
        Integer.parseInt(matcher.group(2)) * 3600
            + part(matcher.group(3)) * 60
            + part(matcher.group(4));
    if (seconds > 167 * 3600) {
      return null;
    }
    if (seconds > SECONDS_MAX) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "time zone \"%s\": an offset of more than 18 hours is not supported".formatted(name));
    }
    return ZoneOffset.ofTotalSeconds("-".equals(matcher.group(1)) ? seconds : -seconds);
  }

  private static int part(@Nullable String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }
}
