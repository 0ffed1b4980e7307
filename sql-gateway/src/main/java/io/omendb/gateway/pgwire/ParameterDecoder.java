package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.StringType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a Bind message's parameters as datums of the statement's types. */
final class ParameterDecoder {

  private ParameterDecoder() {}

  static List<@Nullable Object> decode(FrontendMessage.Bind bind, List<PgType> types, ZoneId zone) {
    if (bind.parameterCount() != types.size()) {
      throw new OmenException(
          ErrorCode.PROTOCOL_VIOLATION,
          "bind message supplies %d parameters, but prepared statement \"%s\" requires %d"
              .formatted(bind.parameterCount(), bind.statement(), types.size()));
    }
    short[] formats = perItem(bind.parameterFormats(), types.size(), "parameter");
    if (types.isEmpty()) {
      return List.of();
    }
    ByteBuf in = bind.parameters().duplicate();
    List<@Nullable Object> datums = new ArrayList<>(types.size());
    for (int i = 0; i < types.size(); i++) {
      int length = in.readInt();
      datums.add(length == -1 ? null : decodeOne(in, length, types.get(i), formats[i], zone, i));
    }
    return Collections.unmodifiableList(datums);
  }

  private static Object decodeOne(
      ByteBuf in, int length, PgType type, short format, ZoneId zone, int index) {
    if (format == 0) {
      return type.parseText(StringType.readUtf8(in, length), zone);
    }
    int end = in.readerIndex() + length;
    Object datum = type.readBinary(in, length);
    if (in.readerIndex() != end) {
      throw new OmenException(
          ErrorCode.INVALID_BINARY_REPRESENTATION,
          "incorrect binary data format in bind parameter " + (index + 1));
    }
    return datum;
  }

  /** One format code per item: none given means text for all, one given holds for all. */
  static short[] perItem(short[] formats, int count, String what) {
    if (formats.length == count) {
      return formats;
    }
    short[] all = new short[count];
    if (formats.length == 1) {
      Arrays.fill(all, formats[0]);
    } else if (formats.length > 1) {
      throw new OmenException(
          ErrorCode.PROTOCOL_VIOLATION,
          "bind message has %d %s formats but %d %ss".formatted(formats.length, what, count, what));
    }
    return all;
  }
}
