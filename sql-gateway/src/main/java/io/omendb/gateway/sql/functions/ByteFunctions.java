package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.BYTEA;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.INT8;
import static io.omendb.gateway.types.PgTypes.TEXT;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Functions on bytea. Positions count bytes from 1, bits and bytes of get and set from 0. */
final class ByteFunctions {
  /** The encodings that convert_from and convert_to know, by PostgreSQL's names. */
  private static final Map<String, Charset> ENCODINGS =
      Map.of(
          "UTF8", StandardCharsets.UTF_8,
          "UNICODE", StandardCharsets.UTF_8,
          "LATIN1", StandardCharsets.ISO_8859_1,
          "ISO88591", StandardCharsets.ISO_8859_1);

  private ByteFunctions() {}

  static void register(FunctionTable table) {
    table.immutable("length", INT4, List.of(BYTEA), (c, a) -> bytes(a[0]).length);
    table.immutable("octet_length", INT4, List.of(BYTEA), (c, a) -> bytes(a[0]).length);
    table.immutable("bit_length", INT4, List.of(BYTEA), (c, a) -> bytes(a[0]).length * 8);
    table.immutable(
        "byteacat", BYTEA, List.of(BYTEA, BYTEA), (c, a) -> concat(bytes(a[0]), bytes(a[1])));
    pieces(table);
    digests(table);
    bits(table);
    table.immutable(
        "encode", TEXT, List.of(BYTEA, TEXT), (c, a) -> ByteText.encode(bytes(a[0]), text(a[1])));
    table.immutable(
        "decode", BYTEA, List.of(TEXT, TEXT), (c, a) -> ByteText.decode(text(a[0]), text(a[1])));
    table.immutable(
        "convert_from", TEXT, List.of(BYTEA, TEXT), (c, a) -> decoded(bytes(a[0]), text(a[1])));
    table.immutable(
        "convert_to", BYTEA, List.of(TEXT, TEXT), (c, a) -> encoded(text(a[0]), text(a[1])));
  }

  private static void pieces(FunctionTable table) {
    for (String name : List.of("substr", "substring")) {
      table.immutable(
          name,
          BYTEA,
          List.of(BYTEA, INT4),
          (c, a) -> slice(bytes(a[0]), (Integer) a[1], Long.MAX_VALUE));
      table.immutable(
          name,
          BYTEA,
          List.of(BYTEA, INT4, INT4),
          (c, a) -> slice(bytes(a[0]), (Integer) a[1], (Integer) a[2]));
    }
    table.immutable(
        "overlay",
        BYTEA,
        List.of(BYTEA, BYTEA, INT4, INT4),
        (c, a) -> overlay(bytes(a[0]), bytes(a[1]), (Integer) a[2], (Integer) a[3]));
    table.immutable(
        "strpos", INT4, List.of(BYTEA, BYTEA), (c, a) -> position(bytes(a[0]), bytes(a[1])));
    for (String name : List.of("btrim", "ltrim", "rtrim")) {
      table.immutable(
          name,
          BYTEA,
          List.of(BYTEA, BYTEA),
          (c, a) -> trim(bytes(a[0]), bytes(a[1]), !name.equals("rtrim"), !name.equals("ltrim")));
    }
  }

  private static void digests(FunctionTable table) {
    table.immutable(
        "md5",
        TEXT,
        List.of(TEXT),
        (c, a) -> hex(digest("MD5", text(a[0]).getBytes(StandardCharsets.UTF_8))));
    table.immutable("md5", TEXT, List.of(BYTEA), (c, a) -> hex(digest("MD5", bytes(a[0]))));
    for (int size : new int[] {224, 256, 384, 512}) {
      table.immutable(
          "sha" + size, BYTEA, List.of(BYTEA), (c, a) -> digest("SHA-" + size, bytes(a[0])));
    }
  }

  private static void bits(FunctionTable table) {
    table.immutable(
        "get_byte",
        INT4,
        List.of(BYTEA, INT4),
        (c, a) -> bytes(a[0])[index((Integer) a[1], bytes(a[0]).length)] & 0xFF);
    table.immutable("get_bit", INT4, List.of(BYTEA, INT8), (c, a) -> bit(bytes(a[0]), (Long) a[1]));
    table.immutable(
        "set_byte",
        BYTEA,
        List.of(BYTEA, INT4, INT4),
        (c, a) -> {
          byte[] changed = bytes(a[0]).clone();
          changed[index((Integer) a[1], changed.length)] = ((Integer) a[2]).byteValue();
          return changed;
        });
    table.immutable(
        "set_bit",
        BYTEA,
        List.of(BYTEA, INT8, INT4),
        (c, a) -> withBit(bytes(a[0]), (Long) a[1], (Integer) a[2]));
  }

  private static byte[] bytes(Object value) {
    return (byte[]) value;
  }

  private static String text(Object value) {
    return (String) value;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int index(long index, long length) {
    if (index < 0 || index >= length) {
      throw new OmenException(
          ErrorCode.ARRAY_ELEMENT_ERROR,
          "index %d out of valid range, 0..%d".formatted(index, length - 1));
    }
    return (int) index;
  }

  private static int bit(byte[] bytes, long at) {
    int index = index(at, bytes.length * 8L);
    return bytes[index / 8] >> (index % 8) & 1;
  }

  private static byte[] withBit(byte[] bytes, long at, int value) {
    int index = index(at, bytes.length * 8L);
    if (value != 0 && value != 1) {
      throw Errors.invalidParameter("new bit must be 0 or 1");
    }
    byte[] changed = bytes.clone();
    int mask = 1 << (index % 8);
    changed[index / 8] =
        (byte) (value == 1 ? changed[index / 8] | mask : changed[index / 8] & ~mask);
    return changed;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  /** {@code count} of the largest long: to the end. */
  private static byte[] slice(byte[] bytes, int start, long count) {
    if (count < 0) {
      throw new OmenException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
    }
    long end = count == Long.MAX_VALUE ? Long.MAX_VALUE : start + count - 1;
    int from = Math.max(start, 1) - 1;
    int to = (int) Math.max(Math.min(end, bytes.length), 0);
    return from >= to ? new byte[0] : Arrays.copyOfRange(bytes, from, to);
  }

  private static byte[] overlay(byte[] bytes, byte[] piece, int start, int count) {
    if (start <= 0) {
      throw new OmenException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
    }
    long after = (long) start + count;
    if (after != (int) after) {
      throw Errors.outOfRange(INT4);
    }
    byte[] head = slice(bytes, 1, start - 1);
    return concat(concat(head, piece), slice(bytes, (int) after, Long.MAX_VALUE));
  }

  private static int position(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i + 1;
      }
    }
    return 0;
  }

  private static byte[] trim(byte[] bytes, byte[] set, boolean start, boolean end) {
    int from = 0;
    int to = bytes.length;
    while (start && from < to && contains(set, bytes[from])) {
      from++;
    }
    while (end && to > from && contains(set, bytes[to - 1])) {
      to--;
    }
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static boolean contains(byte[] set, byte wanted) {
    for (byte b : set) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  private static Charset charset(String name) {
    String plain = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "");
    Charset charset = ENCODINGS.get(plain);
    if (charset == null) {
      throw Errors.notSupported("the encoding \"%s\"".formatted(name));
    }
    return charset;
  }

  private static String decoded(byte[] bytes, String encoding) {
    Charset charset = charset(encoding);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      String text =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(in)
              .toString();
      if (text.indexOf('\0') >= 0) {
        throw invalidBytes("0x00");
      }
      return text;
    } catch (CharacterCodingException malformed) {
      throw invalidBytes("0x%02x".formatted(bytes[Math.min(in.position(), bytes.length - 1)]));
    }
  }

  private static OmenException invalidBytes(String at) {
    return new OmenException(
        ErrorCode.CHARACTER_NOT_IN_REPERTOIRE,
        "invalid byte sequence for encoding \"UTF8\": " + at);
  }

  private static byte[] encoded(String text, String encoding) {
    Charset charset = charset(encoding);
    CharBuffer in = CharBuffer.wrap(text);
    try {
      ByteBuffer out =
          charset
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .encode(in);
      byte[] bytes = new byte[out.remaining()];
      out.get(bytes);
      return bytes;
    } catch (CharacterCodingException unmappable) {
      throw new OmenException(
          ErrorCode.UNTRANSLATABLE_CHARACTER,
          "a character of encoding \"UTF8\" has no equivalent in encoding \"%s\""
              .formatted(encoding));
    }
  }
}
