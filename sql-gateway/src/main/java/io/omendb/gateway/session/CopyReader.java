package io.omendb.gateway.session;

import io.omendb.gateway.sql.statement.PlannedStatement.CopyOptions;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryAccount;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits COPY's input into rows of fields, for text and csv, from pieces cut anywhere. Confined to
 * one thread. Keeps the bytes of one unfinished row.
 */
final class CopyReader {
  /** A row longer than this is refused, so that an unclosed quote cannot fill the memory. */
  static final int ROW_BYTES_MAX = 64 << 20;

  /** Takes rows: the fields' text, null for NULL. The array is reused. */
  interface RowConsumer {
    void row(@Nullable String[] fields, int count);
  }

  /** The buffer, and its fields as text. */
  private static final int COPIES = 3;

  private final RowConsumer consumer;
  private final MemoryAccount memory;
  private final boolean csv;
  private final byte delimiter;
  private final byte quote;
  private final byte escape;
  private final byte[] nullText;
  private byte[] buffer = new byte[1 << 16];
  private int end;
  private int scanned;
  private boolean quoted;
  private boolean escaped;
  private boolean headerPending;
  private boolean ended;
  private long line;
  private @Nullable String[] fields = new String[16];
  private byte[] scratch = new byte[256];

  /** {@code memory} is what rows beyond the first buffer take. */
  CopyReader(CopyOptions options, RowConsumer consumer, MemoryAccount memory) {
    this.consumer = consumer;
    this.memory = memory;
    csv = options.format() == CopyOptions.Format.CSV;
    delimiter = (byte) options.delimiter();
    quote = (byte) options.quote();
    escape = (byte) options.escape();
    nullText = options.nullText().getBytes(StandardCharsets.UTF_8);
    headerPending = options.header();
  }

  /** The number of the row being read, from 1, a header included. */
  long line() {
    return line;
  }

  /** Takes the next piece. */
  void accept(byte[] bytes, int offset, int length) {
    if (ended) {
      return;
    }
    ensureRoom(length);
    System.arraycopy(bytes, offset, buffer, end, length);
    end += length;
    int start = 0;
    while (!ended) {
      int newline = rowEnd();
      if (newline < 0) {
        break;
      }
      row(start, newline);
      start = newline + 1;
      scanned = start;
    }
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      scanned -= start;
    }
    if (end > ROW_BYTES_MAX) {
      throw new OmenException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "a row of COPY data may have %d bytes at most".formatted(ROW_BYTES_MAX));
    }
  }

  private void ensureRoom(int length) {
    if (buffer.length - end < length) {
      int larger = Math.max(buffer.length * 2, end + length);
      memory.reserve((long) COPIES * (larger - buffer.length));
      buffer = Arrays.copyOf(buffer, larger);
    }
  }

  /** The position of the newline that ends the current row; -1 where it is not there yet. */
  private int rowEnd() {
    byte[] bytes = buffer;
    int limit = end;
    if (!csv) {
      boolean afterBackslash = escaped;
      for (int i = scanned; i < limit; i++) {
        byte b = bytes[i];
        if (afterBackslash) {
          afterBackslash = false;
        } else if (b == '\\') {
          afterBackslash = true;
        } else if (b == '\n') {
          escaped = false;
          return i;
        }
      }
      escaped = afterBackslash;
      scanned = limit;
      return -1;
    }
    for (int i = scanned; i < limit; i++) {
      byte b = bytes[i];
      if (escaped) {
        escaped = false;
        if (b == quote || b == escape) {
          continue;
        }
      }
      if (quoted && b == escape && escape != quote) {
        escaped = true;
      } else if (b == quote) {
        quoted = !quoted;
      } else if (b == '\n' && !quoted) {
        return i;
      }
    }
    scanned = limit;
    return -1;
  }

  /** The end of the data: a last row may lack its newline. */
  void finish() {
    if (ended) {
      return;
    }
    if (csv && quoted) {
      line++;
      throw bad("unterminated CSV quoted field");
    }
    if (end > 0) {
      row(0, end);
      end = 0;
    }
  }

  private void row(int start, int newline) {
    int to = newline > start && buffer[newline - 1] == '\r' ? newline - 1 : newline;
    line++;
    if (to - start == 2 && buffer[start] == '\\' && buffer[start + 1] == '.') {
      ended = true;
      return;
    }
    if (headerPending) {
      headerPending = false;
      return;
    }
    int count = csv ? splitCsv(start, to) : splitText(start, to);
    consumer.row(fields, count);
  }

  private int splitText(int start, int to) {
    int count = 0;
    int from = start;
    boolean hasEscape = false;
    for (int i = start; i < to; i++) {
      byte b = buffer[i];
      if (b == '\\') {
        hasEscape = true;
        i++;
      } else if (b == delimiter) {
        add(count++, textField(from, i, hasEscape));
        from = i + 1;
        hasEscape = false;
      }
    }
    add(count++, textField(from, to, hasEscape));
    return count;
  }

  private void add(int index, @Nullable String field) {
    if (index == fields.length) {
      fields = Arrays.copyOf(fields, index * 2);
    }
    fields[index] = field;
  }

  private boolean isNull(int from, int to) {
    return Arrays.equals(buffer, from, to, nullText, 0, nullText.length);
  }

  private @Nullable String textField(int from, int to, boolean hasEscape) {
    if (isNull(from, to)) {
      return null;
    }
    if (!hasEscape) {
      return decode(buffer, from, to);
    }
    if (scratch.length < to - from) {
      scratch = new byte[Math.max(to - from, scratch.length * 2)];
    }
    int length = 0;
    int i = from;
    while (i < to) {
      byte b = buffer[i++];
      if (b != '\\' || i == to) {
        scratch[length++] = b;
        continue;
      }
      byte code = buffer[i++];
      switch (code) {
        case 'b' -> scratch[length++] = '\b';
        case 'f' -> scratch[length++] = '\f';
        case 'n' -> scratch[length++] = '\n';
        case 'r' -> scratch[length++] = '\r';
        case 't' -> scratch[length++] = '\t';
        case 'v' -> scratch[length++] = 0x0b;
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          int value = code - '0';
          for (int digits = 1; digits < 3 && i < to && isOctal(buffer[i]); digits++) {
            value = value * 8 + (buffer[i++] - '0');
          }
          scratch[length++] = (byte) value;
        }
        case 'x' -> {
          int digit = i < to ? Character.digit(buffer[i], 16) : -1;
          if (digit < 0) {
            scratch[length++] = code;
            break;
          }
          i++;
          int second = i < to ? Character.digit(buffer[i], 16) : -1;
          if (second >= 0) {
            digit = digit * 16 + second;
            i++;
          }
          scratch[length++] = (byte) digit;
        }
        default -> scratch[length++] = code;
      }
    }
    return decode(scratch, 0, length);
  }

  private static boolean isOctal(byte b) {
    return b >= '0' && b <= '7';
  }

  private int splitCsv(int start, int to) {
    int count = 0;
    int i = start;
    while (true) {
      int from = i;
      boolean sawQuote = false;
      boolean inside = false;
      int length = 0;
      if (scratch.length < to - from) {
        scratch = new byte[Math.max(to - from, scratch.length * 2)];
      }
      while (i < to) {
        byte b = buffer[i];
        if (!inside && b == delimiter) {
          break;
        }
        if (inside && b == escape && i + 1 < to && isEscapable(buffer[i + 1])) {
          scratch[length++] = buffer[i + 1];
          i += 2;
          continue;
        }
        if (b == quote) {
          inside = !inside;
          sawQuote = true;
        } else {
          scratch[length++] = b;
        }
        i++;
      }
      boolean isNull = !sawQuote && isNull(from, i);
      add(count++, isNull ? null : decode(scratch, 0, length));
      if (i >= to) {
        return count;
      }
      i++;
    }
  }

  private boolean isEscapable(byte b) {
    return b == quote || b == escape;
  }

  private String decode(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] <= 0) {
        return decodeUtf8(bytes, from, to);
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private String decodeUtf8(byte[] bytes, int from, int to) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes, from, to - from))
              .toString();
    } catch (CharacterCodingException malformed) {
      throw new OmenException(
          ErrorCode.CHARACTER_NOT_IN_REPERTOIRE,
          "invalid byte sequence for encoding \"UTF8\"",
          malformed);
    }
    if (text.indexOf('\0') >= 0) {
      throw new OmenException(
          ErrorCode.CHARACTER_NOT_IN_REPERTOIRE,
          "invalid byte sequence for encoding \"UTF8\": 0x00");
    }
    return text;
  }

  static OmenException bad(String message) {
    return new OmenException(ErrorCode.BAD_COPY_FILE_FORMAT, message);
  }
}
