package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.gateway.types.PgType;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes DataRow messages straight into the output buffer: strings and integers without anything
 * between, other text through one reused builder. Confined to the connection's current thread.
 */
final class RowEncoder {
  private static final int BUILDER_CHARS_KEPT_MAX = 65_536;

  private final PgType[] types;
  private final boolean[] binary;
  private final ZoneId zone;
  private StringBuilder text = new StringBuilder();

  RowEncoder(List<ResultColumn> columns, short[] formats, ZoneId zone) {
    this.types = columns.stream().map(ResultColumn::type).toArray(PgType[]::new);
    this.binary = new boolean[types.length];
    for (int i = 0; i < types.length; i++) {
      binary[i] = formats[i] == 1;
    }
    this.zone = zone;
  }

  /** Appends one message, or nothing where it throws. */
  void encode(ByteBuf out, @Nullable Object[] datums) {
    int before = out.writerIndex();
    try {
      encodeMessage(out, datums);
    } catch (RuntimeException failed) {
      out.writerIndex(before);
      throw failed;
    }
  }

  private void encodeMessage(ByteBuf out, @Nullable Object[] datums) {
    int start = BackendMessages.begin(out, 'D');
    out.writeShort(types.length);
    for (int i = 0; i < types.length; i++) {
      Object datum = datums[i];
      if (datum == null) {
        out.writeInt(-1);
        continue;
      }
      int lengthIndex = out.writerIndex();
      out.writeInt(0);
      if (binary[i]) {
        types[i].writeBinary(out, datum);
      } else {
        writeText(out, types[i], datum);
      }
      out.setInt(lengthIndex, out.writerIndex() - lengthIndex - 4);
    }
    BackendMessages.end(out, start);
  }

  private void writeText(ByteBuf out, PgType type, Object datum) {
    if (datum instanceof String string) {
      ByteBufUtil.writeUtf8(out, string);
    } else if (datum instanceof Integer number && type.category() == 'N') {
      writeDecimal(out, number);
    } else if (datum instanceof Long number && type.category() == 'N') {
      writeDecimal(out, number);
    } else {
      text.setLength(0);
      type.appendText(text, datum, zone);
      ByteBufUtil.writeUtf8(out, text);
      if (text.capacity() > BUILDER_CHARS_KEPT_MAX) {
        text = new StringBuilder();
      }
    }
  }

  private static void writeDecimal(ByteBuf out, long value) {
    if (value == Long.MIN_VALUE) {
      out.writeCharSequence(Long.toString(value), StandardCharsets.US_ASCII);
      return;
    }
    long rest = Math.abs(value);
    int digits = 1;
    for (long limit = 10; digits < 19 && rest >= limit; limit *= 10) {
      digits++;
    }
    int end = out.writerIndex() + digits + (value < 0 ? 1 : 0);
    out.ensureWritable(digits + 1);
    if (value < 0) {
      out.writeByte('-');
    }
    for (int at = end - 1; digits > 0; digits--) {
      out.setByte(at--, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    out.writerIndex(end);
  }
}
