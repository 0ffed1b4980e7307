package io.omendb.gateway.sql.functions;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the array functions do to arrays of one dimension; elements equal as IS NOT DISTINCT. */
public final class ArrayValues {
  private ArrayValues() {}

  /** One after the other; a null array is as an empty one, two give null. */
  public static @Nullable Object concat(@Nullable Object a, @Nullable Object b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    List<@Nullable Object> all = new ArrayList<>((List<?>) a);
    all.addAll((List<?>) b);
    return Collections.unmodifiableList(all);
  }

  /** The array without the elements that equal the second value. */
  public static Object remove(@Nullable Object[] values) {
    List<@Nullable Object> kept = new ArrayList<>();
    for (Object element : list(values)) {
      if (!same(element, values[1])) {
        kept.add(element);
      }
    }
    return Collections.unmodifiableList(kept);
  }

  /** The array with the third value where the second was. */
  public static Object replace(@Nullable Object[] values) {
    List<@Nullable Object> changed = new ArrayList<>();
    for (Object element : list(values)) {
      changed.add(same(element, values[1]) ? values[2] : element);
    }
    return Collections.unmodifiableList(changed);
  }

  /** Where the second value is first, from 1; null where it is not. */
  public static @Nullable Object position(@Nullable Object[] values) {
    List<@Nullable Object> list = list(values);
    for (int i = 0; i < list.size(); i++) {
      if (same(list.get(i), values[1])) {
        return i + 1;
      }
    }
    return null;
  }

  /** Everywhere the second value is. */
  public static Object positions(@Nullable Object[] values) {
    List<@Nullable Object> list = list(values);
    List<@Nullable Object> found = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (same(list.get(i), values[1])) {
        found.add(i + 1);
      }
    }
    return Collections.unmodifiableList(found);
  }

  /** Whether every element of the second is in the first; NULL equals nothing. */
  public static boolean contains(@Nullable Object outer, @Nullable Object inner) {
    for (Object element : list(new Object[] {inner})) {
      if (element == null || !holds(list(new Object[] {outer}), element)) {
        return false;
      }
    }
    return true;
  }

  /** Whether they have an element in common. */
  public static boolean overlap(@Nullable Object a, @Nullable Object b) {
    for (Object element : list(new Object[] {a})) {
      if (element != null && holds(list(new Object[] {b}), element)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(List<@Nullable Object> list, Object wanted) {
    for (Object element : list) {
      if (element != null && PgComparison.equal(element, wanted)) {
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("unchecked")
  private static List<@Nullable Object> list(@Nullable Object[] values) {
    Object array = values[0];
    return array == null ? List.of() : (List<@Nullable Object>) array;
  }

  private static boolean same(@Nullable Object a, @Nullable Object b) {
    if (a == null || b == null) {
      return a == null && b == null;
    }
    return PgComparison.equal(a, b);
  }

  /** string_to_array: a null separator parts characters, {@code none} stands for NULL. */
  static @Nullable Object split(
      @Nullable Object text, @Nullable Object separator, @Nullable Object none) {
    if (!(text instanceof String s)) {
      return null;
    }
    List<@Nullable Object> parts = new ArrayList<>();
    if (s.isEmpty()) {
      return Collections.unmodifiableList(parts);
    }
    if (separator == null) {
      s.codePoints().forEach(c -> parts.add(orNull(Character.toString(c), none)));
    } else if (((String) separator).isEmpty()) {
      parts.add(orNull(s, none));
    } else {
      String by = (String) separator;
      int from = 0;
      for (int at = s.indexOf(by); at >= 0; at = s.indexOf(by, from)) {
        parts.add(orNull(s.substring(from, at), none));
        from = at + by.length();
      }
      parts.add(orNull(s.substring(from), none));
    }
    return Collections.unmodifiableList(parts);
  }

  private static @Nullable String orNull(String part, @Nullable Object none) {
    return part.equals(none) ? null : part;
  }
}
