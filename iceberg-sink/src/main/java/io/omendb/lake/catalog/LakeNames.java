package io.omendb.lake.catalog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * Names of SQL as identifiers of a lake catalog, which may hold letters, digits and underscores
 * only. An ordinary name stands for itself, so that other engines find {@code namespace.table}. Any
 * other character becomes {@code _xHEX_}, its code point in upper case, and so does an underscore
 * before an x ({@code _x5F_}): the mapping is reversible, as that of SQL/XML is which it resembles.
 * Letters of the Latin, Cyrillic, Chinese, Japanese and Korean scripts stay, in fixed ranges of
 * characters that no normalization of Unicode changes, whatever the JVM knows of Unicode.
 *
 * <p>What would be longer than {@link #LENGTH_MAX} is cut and ends with {@code _x_} and a hash: the
 * table's property {@code omendb.name} has the whole name. Names that differ only in case are two
 * identifiers; a catalog that folds case refuses the second table, which is then not published.
 */
public final class LakeNames {

  /** Characters of an identifier; catalogs on SQL databases hold 255, Hive's 128. */
  static final int LENGTH_MAX = 128;

  private static final int KEPT_OF_LONG = 80;
  private static final int HASH_BYTES = 16;

  private LakeNames() {}

  /** Where the catalog has the table of that namespace and name. */
  public static TableIdentifier identifier(String namespace, String name) {
    return TableIdentifier.of(escape(namespace), escape(name));
  }

  /** A database's directory below the warehouse: its id, which is mostly a UUID. */
  static String directory(String databaseId) {
    return databaseId.matches("[A-Za-z0-9-]+") ? databaseId : escape(databaseId);
  }

  /** One part of an identifier. */
  static String escape(String name) {
    StringBuilder escaped = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); ) {
      int codePoint = name.codePointAt(i);
      i += Character.charCount(codePoint);
      boolean looksLikeEscape = codePoint == '_' && i < name.length() && name.codePointAt(i) == 'x';
      if (isPlain(codePoint) && !looksLikeEscape) {
        escaped.appendCodePoint(codePoint);
      } else {
        escaped
            .append("_x")
            .append(
                HexFormat.of().withUpperCase().toHexDigits(codePoint).replaceFirst("^0+(?=.)", ""))
            .append('_');
      }
    }
    return escaped.length() <= LENGTH_MAX
        ? escaped.toString()
        : escaped.substring(0, KEPT_OF_LONG) + "_x_" + hash(name);
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7)
        || (c >= 0x400 && c <= 0x45F)
        || (c >= 0x3041 && c <= 0x3096)
        || (c >= 0x30A1 && c <= 0x30FA)
        || (c >= 0x4E00 && c <= 0x9FA5)
        || (c >= 0xAC00 && c <= 0xD7A3);
  }

  private static String hash(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }
}
