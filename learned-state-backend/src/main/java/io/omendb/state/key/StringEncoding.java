package io.omendb.state.key;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A string in the order of {@link String#compareTo}: by UTF-16 code units.
 *
 * <pre>
 * bytes              meaning
 * 00                 null, and nothing more
 * 01                 end
 * 02 01 … 02 03      U+0000 … U+0002
 * 03 … 7F            the code unit
 * C2 80 … DF BF      U+0080 … U+07FF, as in UTF-8
 * E0 A0 80 … EF BF BF  U+0800 … U+FFFF, as in UTF-8, surrogates one by one
 * </pre>
 *
 * The end is less than every code unit, so a string comes before those that it begins. Surrogates
 * are encoded one by one because {@code compareTo} compares them so (proper UTF-8 would put pairs
 * behind U+FFFF), and because a lone one has to come back.
 */
final class StringEncoding implements OrderedEncoding<String> {

  static final StringEncoding INSTANCE = new StringEncoding();

  private static final int NULL = 0;
  private static final int END = 1;
  private static final int ESCAPE = 2;
  private static final int PLAIN_MIN = 3;

  private StringEncoding() {}

  @Override
  public void encode(@Nullable String value, DataOutputSerializer out) throws IOException {
    if (value == null) {
      out.write(NULL);
      return;
    }
    int length = value.length();
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      long eight = 0;
      int all = 0;
      int belowPlain = 0;
      for (int j = 0; j < Long.BYTES; j++) {
        char c = value.charAt(i + j);
        eight = (eight << Byte.SIZE) | c;
        all |= c;
        belowPlain |= c - PLAIN_MIN;
      }
      if (all < 0x80 && belowPlain >= 0) {
        out.writeLong(eight);
      } else {
        for (int j = 0; j < Long.BYTES; j++) {
          write(value.charAt(i + j), out);
        }
      }
    }
    for (; i < length; i++) {
      write(value.charAt(i), out);
    }
    out.write(END);
  }

  private static void write(char c, DataOutputSerializer out) throws IOException {
    if (c < PLAIN_MIN) {
      out.write(ESCAPE);
      out.write(c + 1);
    } else if (c < 0x80) {
      out.write(c);
    } else if (c < 0x800) {
      out.write(0xC0 | (c >> 6));
      out.write(0x80 | (c & 0x3F));
    } else {
      out.write(0xE0 | (c >> 12));
      out.write(0x80 | ((c >> 6) & 0x3F));
      out.write(0x80 | (c & 0x3F));
    }
  }

  @Override
  public @Nullable String decode(DataInputDeserializer in) throws IOException {
    int first = in.readUnsignedByte();
    if (first == NULL) {
      return null;
    }
    StringBuilder text = new StringBuilder(Math.min(in.available(), 64));
    for (int b = first; b != END; b = in.readUnsignedByte()) {
      if (b == ESCAPE) {
        text.append((char) (in.readUnsignedByte() - 1));
      } else if (b >= PLAIN_MIN && b < 0x80) {
        text.append((char) b);
      } else if (b >= 0xC0 && b < 0xE0) {
        text.append((char) (((b & 0x1F) << 6) | continuation(in)));
      } else if (b >= 0xE0 && b < 0xF0) {
        text.append((char) (((b & 0x0F) << 12) | (continuation(in) << 6) | continuation(in)));
      } else {
        throw new IOException(String.format("No string is encoded with the byte %02x", b));
      }
    }
    return text.toString();
  }

  private static int continuation(DataInputDeserializer in) throws IOException {
    return in.readUnsignedByte() & 0x3F;
  }

  @Override
  public String form() {
    return "string";
  }
}
