package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.omendb.gateway.types.StringType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts the byte stream into {@link FrontendMessage}s.
 *
 * <pre>
 *   before start-up:  int32 length | int32 version or request code | content
 *   after it:         byte type | int32 length | content            length counts itself
 * </pre>
 *
 * <p>Bounds: a start-up packet has at most 10,000 bytes, as in PostgreSQL, since nobody is known
 * yet; messages that have no reason to be long at most 10,000 too; others what the endpoint allows.
 * Lengths are checked before anything is kept, and memory grows only with the bytes that arrive.
 * The bytes of large messages are taken from a budget that all connections share. After a broken
 * frame nothing more is read.
 *
 * <p>Runs on the channel's event loop only.
 */
final class FrontendDecoder extends ByteToMessageDecoder {
  static final int STARTUP_BYTES_MAX = 10_000;
  static final int SMALL_MESSAGE_BYTES_MAX = 10_000;

  /**
   * Below this a message takes nothing from the shared budget: connections times this is little.
   */
  static final int LARGE_MESSAGE_BYTES_MIN = 65_536;

  private static final int SSL_REQUEST = 80877103;
  private static final int CANCEL_REQUEST = 80877102;
  private static final int GSS_ENCRYPTION_REQUEST = 80877104;

  private enum State {
    STARTUP,
    AUTHENTICATION,
    MESSAGES,
    BROKEN
  }

  private final int messageBytesMax;
  private final MemoryBudget largeMessages;
  private State state = State.STARTUP;
  private int reservedBytes;

  FrontendDecoder(int messageBytesMax, MemoryBudget largeMessages) {
    this.messageBytesMax = messageBytesMax;
    this.largeMessages = largeMessages;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    switch (state) {
      case STARTUP -> decodeStartup(in, out);
      case AUTHENTICATION, MESSAGES -> decodeMessage(in, out);
      case BROKEN -> in.skipBytes(in.readableBytes());
    }
  }

  /** Ends the time of short messages. Event loop. */
  void authenticated() {
    if (state == State.AUTHENTICATION) {
      state = State.MESSAGES;
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    release();
  }

  private void release() {
    largeMessages.release(reservedBytes);
    reservedBytes = 0;
  }

  private void broken(ErrorCode code, String reason, ByteBuf in, List<Object> out) {
    state = State.BROKEN;
    in.skipBytes(in.readableBytes());
    release();
    out.add(new FrontendMessage.Malformed(code, reason, true, false));
  }

  private void decodeStartup(ByteBuf in, List<Object> out) {
    if (in.readableBytes() < 4) {
      return;
    }
    int length = in.getInt(in.readerIndex());
    if (length < 8 || length > STARTUP_BYTES_MAX) {
      broken(
          ErrorCode.PROTOCOL_VIOLATION,
          "invalid length of startup packet: %d, expected 8 to %d"
              .formatted(length, STARTUP_BYTES_MAX),
          in,
          out);
      return;
    }
    if (in.readableBytes() < length) {
      return;
    }
    ByteBuf packet = in.readSlice(length).skipBytes(4);
    int code = packet.readInt();
    switch (code) {
      case SSL_REQUEST -> out.add(new FrontendMessage.SslRequest());
      case GSS_ENCRYPTION_REQUEST -> out.add(new FrontendMessage.GssEncryptionRequest());
      case CANCEL_REQUEST -> {
        if (packet.readableBytes() != 8) {
          broken(ErrorCode.PROTOCOL_VIOLATION, "invalid length of cancel request", in, out);
          return;
        }
        out.add(new FrontendMessage.CancelRequest(packet.readInt(), packet.readInt()));
      }
      default -> decodeStartupParameters(code, packet, in, out);
    }
  }

  private void decodeStartupParameters(int version, ByteBuf packet, ByteBuf in, List<Object> out) {
    if (version >>> 16 != 3) {
      broken(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "unsupported frontend protocol %d.%d: server supports 3.0"
              .formatted(version >>> 16, version & 0xFFFF),
          in,
          out);
      return;
    }
    try {
      Map<String, String> parameters = new LinkedHashMap<>();
      while (true) {
        String name = readString(packet);
        if (name.isEmpty()) {
          break;
        }
        parameters.put(name, readString(packet));
      }
      if (packet.isReadable()) {
        throw insufficient("invalid startup packet layout: expected terminator as last byte");
      }
      state = State.AUTHENTICATION;
      out.add(new FrontendMessage.Startup(version, parameters));
    } catch (OmenException invalid) {
      broken(invalid.code(), String.valueOf(invalid.getMessage()), in, out);
    }
  }

  private void decodeMessage(ByteBuf in, List<Object> out) {
    if (in.readableBytes() < 5) {
      return;
    }
    int start = in.readerIndex();
    char type = (char) in.getUnsignedByte(start);
    int length = in.getInt(start + 1);
    int lengthMax = lengthMax(type);
    if (lengthMax == 0) {
      broken(
          ErrorCode.PROTOCOL_VIOLATION,
          "invalid frontend message type %d".formatted((int) type),
          in,
          out);
      return;
    }
    if (length < 4) {
      broken(
          ErrorCode.PROTOCOL_VIOLATION,
          "invalid message length %d of message type %c".formatted(length, type),
          in,
          out);
      return;
    }
    if (length > lengthMax) {
      broken(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "message of type %c has %d bytes, more than the %d allowed"
              .formatted(type, length, lengthMax),
          in,
          out);
      return;
    }
    if (length > LARGE_MESSAGE_BYTES_MIN && reservedBytes == 0) {
      if (!largeMessages.tryReserve(length)) {
        broken(
            ErrorCode.OUT_OF_MEMORY,
            "no memory for a message of %d bytes: other connections' messages use it"
                .formatted(length),
            in,
            out);
        return;
      }
      reservedBytes = length;
    }
    if (in.readableBytes() < 1 + length) {
      return;
    }
    ByteBuf content = in.readSlice(1 + length).skipBytes(5);
    boolean mustBeRead = type == 'Q' || type == 'P' || type == 'B';
    out.add(
        mustBeRead && length > LARGE_MESSAGE_BYTES_MIN
            ? new FrontendMessage.Undecoded(type, readRest(content))
            : decodeContent(type, content));
    release();
  }

  /** The message itself, of one that was left as it came. Workers. */
  static FrontendMessage decoded(FrontendMessage message) {
    return message instanceof FrontendMessage.Undecoded late
        ? decodeContent(late.type(), Unpooled.wrappedBuffer(late.content()))
        : message;
  }

  /** The longest length word that this type may have; 0 for a byte that is no type. */
  private int lengthMax(char type) {
    int lengthMax = lengthMaxOfMessage(type);
    return state == State.AUTHENTICATION ? Math.min(lengthMax, SMALL_MESSAGE_BYTES_MAX) : lengthMax;
  }

  private int lengthMaxOfMessage(char type) {
    return switch (type) {
      case 'Q', 'P', 'B', 'd', 'F' -> messageBytesMax;
      case 'D', 'E', 'C', 'H', 'S', 'c', 'f', 'X', 'p' -> SMALL_MESSAGE_BYTES_MAX;
      default -> 0;
    };
  }

  private static FrontendMessage decodeContent(char type, ByteBuf in) {
    try {
      FrontendMessage message =
          switch (type) {
            case 'Q' -> new FrontendMessage.Query(readString(in));
            case 'P' -> decodeParse(in);
            case 'B' -> decodeBind(in);
            case 'D' -> new FrontendMessage.Describe(readTarget(in), readString(in));
            case 'E' -> new FrontendMessage.Execute(readString(in), readInt(in));
            case 'C' -> new FrontendMessage.Close(readTarget(in), readString(in));
            case 'H' -> new FrontendMessage.Flush();
            case 'S' -> new FrontendMessage.Sync();
            case 'd' -> new FrontendMessage.CopyData(readRest(in));
            case 'c' -> new FrontendMessage.CopyDone();
            case 'f' -> new FrontendMessage.CopyFail(readString(in));
            case 'p' -> new FrontendMessage.AuthenticationResponse(readRest(in));
            case 'F' -> {
              in.skipBytes(in.readableBytes());
              yield new FrontendMessage.FunctionCall();
            }
            case 'X' -> new FrontendMessage.Terminate();
            default -> throw new IllegalStateException("type " + type + " passed the length check");
          };
      if (in.isReadable()) {
        throw insufficient("invalid message format");
      }
      return message;
    } catch (OmenException invalid) {
      return new FrontendMessage.Malformed(
          invalid.code(),
          String.valueOf(invalid.getMessage()),
          false,
          "PBDECHS".indexOf(type) >= 0);
    }
  }

  private static FrontendMessage.Parse decodeParse(ByteBuf in) {
    String statement = readString(in);
    String sql = readString(in);
    int count = readCount(in);
    if (in.readableBytes() < 4 * count) {
      throw insufficient("insufficient data left in message");
    }
    int[] oids = new int[count];
    for (int i = 0; i < count; i++) {
      oids[i] = in.readInt();
    }
    return new FrontendMessage.Parse(statement, sql, oids);
  }

  private static FrontendMessage.Bind decodeBind(ByteBuf in) {
    String portal = readString(in);
    String statement = readString(in);
    short[] parameterFormats = readFormats(in);
    int count = readCount(in);
    int start = in.readerIndex();
    for (int i = 0; i < count; i++) {
      int length = readInt(in);
      if (length < -1 || length > in.readableBytes()) {
        throw insufficient("insufficient data left in message");
      }
      in.skipBytes(Math.max(length, 0));
    }
    byte[] parameters = new byte[in.readerIndex() - start];
    in.getBytes(start, parameters);
    return new FrontendMessage.Bind(
        portal,
        statement,
        parameterFormats,
        count,
        Unpooled.wrappedBuffer(parameters),
        readFormats(in));
  }

  private static short[] readFormats(ByteBuf in) {
    int count = readCount(in);
    if (in.readableBytes() < 2 * count) {
      throw insufficient("insufficient data left in message");
    }
    short[] formats = new short[count];
    for (int i = 0; i < count; i++) {
      formats[i] = in.readShort();
      if (formats[i] != 0 && formats[i] != 1) {
        throw new OmenException(
            ErrorCode.PROTOCOL_VIOLATION, "unsupported format code: " + formats[i]);
      }
    }
    return formats;
  }

  private static int readCount(ByteBuf in) {
    if (in.readableBytes() < 2) {
      throw insufficient("insufficient data left in message");
    }
    return in.readUnsignedShort();
  }

  private static int readInt(ByteBuf in) {
    if (in.readableBytes() < 4) {
      throw insufficient("insufficient data left in message");
    }
    return in.readInt();
  }

  private static char readTarget(ByteBuf in) {
    int target = in.isReadable() ? in.readUnsignedByte() : 0;
    if (target != 'S' && target != 'P') {
      throw insufficient("invalid message subtype " + target);
    }
    return (char) target;
  }

  private static byte[] readRest(ByteBuf in) {
    byte[] bytes = new byte[in.readableBytes()];
    in.readBytes(bytes);
    return bytes;
  }

  private static String readString(ByteBuf in) {
    int length = in.bytesBefore((byte) 0);
    if (length < 0) {
      throw insufficient("invalid string in message");
    }
    String value = StringType.readUtf8(in, length);
    in.skipBytes(1);
    return value;
  }

  private static OmenException insufficient(String reason) {
    return new OmenException(ErrorCode.PROTOCOL_VIOLATION, reason);
  }
}
