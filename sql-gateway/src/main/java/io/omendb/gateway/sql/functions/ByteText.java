package io.omendb.gateway.sql.functions;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/** encode and decode: bytea as text in hex, base64 (lines of 76) and PostgreSQL's escape form. */
final class ByteText {
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(76, "\n".getBytes(StandardCharsets.US_ASCII));

  private ByteText() {}

  static String encode(byte[] bytes, String format) {
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "hex" -> HexFormat.of().formatHex(bytes);
      case "base64" -> LINES.encodeToString(bytes);
      case "escape" -> escaped(bytes);
      default -> throw Errors.invalidParameter("unrecognized encoding: \"%s\"".formatted(format));
    };
  }

  static byte[] decode(String text, String format) {
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "hex" -> fromHex(text);
      case "base64" -> fromBase64(text);
      case "escape" -> unescaped(text);
      default -> throw Errors.invalidParameter("unrecognized encoding: \"%s\"".formatted(format));
    };
  }

  private static byte[] fromHex(String text) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        continue;
      }
      if (!HexFormat.isHexDigit(c)) {
        throw Errors.invalidParameter(
            "invalid hexadecimal digit: \"%s\"".formatted(Character.toString(text.codePointAt(i))));
      }
      digits.append(c);
    }
    if (digits.length() % 2 != 0) {
      throw Errors.invalidParameter("invalid hexadecimal data: odd number of digits");
    }
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] fromBase64(String text) {
    String symbols = text.replaceAll("[ \\n\\t\\r]", "");
    if (symbols.length() % 4 != 0) {
      throw Errors.invalidParameter("invalid base64 end sequence");
    }
    try {
      return Base64.getDecoder().decode(symbols);
    } catch (IllegalArgumentException malformed) {
      throw Errors.invalidParameter("invalid symbol found while decoding base64 sequence");
    }
  }

  private static String escaped(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    for (byte b : bytes) {
      if (b <= 0) {
        out.append("\\%03o".formatted(b & 0xFF));
      } else if (b == '\\') {
        out.append("\\\\");
      } else {
        out.append((char) b);
      }
    }
    return out.toString();
  }

  private static byte[] unescaped(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '\\') {
        out.write(bytes[i]);
      } else if (i + 1 < bytes.length && bytes[i + 1] == '\\') {
        out.write('\\');
        i++;
      } else if (i + 3 < bytes.length
          && bytes[i + 1] >= '0'
          && bytes[i + 1] <= '3'
          && isOctal(bytes[i + 2])
          && isOctal(bytes[i + 3])) {
        out.write((bytes[i + 1] - '0') * 64 + (bytes[i + 2] - '0') * 8 + bytes[i + 3] - '0');
        i += 3;
      } else {
        throw new OmenException(
            ErrorCode.INVALID_TEXT_REPRESENTATION, "invalid input syntax for type bytea");
      }
    }
    return out.toByteArray();
  }

  private static boolean isOctal(byte b) {
    return b >= '0' && b <= '7';
  }
}
