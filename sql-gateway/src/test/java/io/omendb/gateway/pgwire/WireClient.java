package io.omendb.gateway.pgwire;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks the protocol message by message. What is composed is sent at {@link #send},
 * in one piece; what the server says is shown as text: a type letter and what matters of the
 * content.
 */
final class WireClient implements AutoCloseable {
  private static final int READ_TIMEOUT_MS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final ByteArrayOutputStream composed = new ByteArrayOutputStream();
  int processId;
  int secretKey;

  WireClient(InetSocketAddress address) throws IOException {
    this.socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(READ_TIMEOUT_MS);
    socket.setTcpNoDelay(true);
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65_536));
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  static WireClient started(InetSocketAddress address) throws IOException {
    WireClient client = new WireClient(address);
    client.startup(3 << 16, "user", "omendb", "database", "omendb").send();
    client.readUntil('Z');
    return client;
  }

  WireClient startup(int version, String... parameters) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (String parameter : parameters) {
      writeString(content, parameter);
    }
    content.write(0);
    DataOutputStream data = new DataOutputStream(composed);
    data.writeInt(content.size() + 8);
    data.writeInt(version);
    content.writeTo(data);
    return this;
  }

  /** A request packet: SSL, GSS or cancel. */
  WireClient request(int code, int... words) throws IOException {
    DataOutputStream data = new DataOutputStream(composed);
    data.writeInt(8 + 4 * words.length);
    data.writeInt(code);
    for (int word : words) {
      data.writeInt(word);
    }
    return this;
  }

  WireClient query(String sql) throws IOException {
    return message('Q', content -> writeString(content, sql));
  }

  WireClient parse(String name, String sql) throws IOException {
    return message(
        'P',
        content -> {
          writeString(content, name);
          writeString(content, sql);
          content.writeShort(0);
        });
  }

  /** Text parameters and text results. */
  WireClient bind(String portal, String statement, @Nullable String... parameters)
      throws IOException {
    return message(
        'B',
        content -> {
          writeString(content, portal);
          writeString(content, statement);
          content.writeShort(0);
          content.writeShort(parameters.length);
          for (String parameter : parameters) {
            if (parameter == null) {
              content.writeInt(-1);
            } else {
              byte[] bytes = parameter.getBytes(StandardCharsets.UTF_8);
              content.writeInt(bytes.length);
              content.write(bytes);
            }
          }
          content.writeShort(0);
        });
  }

  WireClient describe(char target, String name) throws IOException {
    return message(
        'D',
        content -> {
          content.writeByte(target);
          writeString(content, name);
        });
  }

  WireClient close(char target, String name) throws IOException {
    return message(
        'C',
        content -> {
          content.writeByte(target);
          writeString(content, name);
        });
  }

  WireClient execute(String portal, int rowsMax) throws IOException {
    return message(
        'E',
        content -> {
          writeString(content, portal);
          content.writeInt(rowsMax);
        });
  }

  WireClient sync() throws IOException {
    return message('S', content -> {});
  }

  WireClient flush() throws IOException {
    return message('H', content -> {});
  }

  WireClient copyData(String text) throws IOException {
    return message('d', content -> content.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Writes a message's content. */
  interface Content {
    void write(DataOutputStream content) throws IOException;
  }

  WireClient message(char type, Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    content.write(new DataOutputStream(bytes));
    DataOutputStream data = new DataOutputStream(composed);
    data.writeByte(type);
    data.writeInt(bytes.size() + 4);
    bytes.writeTo(data);
    return this;
  }

  WireClient raw(byte[] bytes) throws IOException {
    composed.write(bytes);
    return this;
  }

  void send() throws IOException {
    composed.writeTo(out);
    composed.reset();
    out.flush();
  }

  int readByte() throws IOException {
    return in.read();
  }

  /** One message as text; null at the end of the stream. */
  @Nullable String read() throws IOException {
    int type = in.read();
    if (type < 0) {
      return null;
    }
    int length = in.readInt() - 4;
    byte[] content = new byte[length];
    in.readFully(content);
    return show((char) type, content);
  }

  /** Everything up to and with the first message of that type, or the end of the stream. */
  List<String> readUntil(char type) throws IOException {
    List<String> messages = new ArrayList<>();
    while (true) {
      String message;
      try {
        message = read();
      } catch (EOFException | SocketException cut) {
        message = null;
      }
      if (message == null) {
        messages.add("END");
        return messages;
      }
      messages.add(message);
      if (message.charAt(0) == type) {
        return messages;
      }
    }
  }

  /** All messages until the server closes. */
  List<String> readAll() throws IOException {
    return readUntil('\0');
  }

  private String show(char type, byte[] content) throws IOException {
    DataInputStream data = new DataInputStream(new ByteArrayInputStream(content));
    return switch (type) {
      case 'Z' -> "Z " + (char) content[0];
      case 'C' -> "C " + readString(data);
      case 'S' -> "S " + readString(data) + "=" + readString(data);
      case 'E', 'N' -> type + " " + showFields(data);
      case 'D' -> "D " + showRow(data);
      case 'T' -> "T " + showColumns(data);
      case 't' -> "t " + showOids(data);
      case 'K' -> {
        processId = data.readInt();
        secretKey = data.readInt();
        yield "K";
      }
      case 'R' -> "R " + data.readInt();
      case 'd' -> "d " + new String(content, StandardCharsets.UTF_8).strip();
      case 'v' -> "v " + data.readInt() + " " + data.readInt();
      default -> String.valueOf(type);
    };
  }

  private static String showFields(DataInputStream data) throws IOException {
    String severity = "";
    String code = "";
    for (int field = data.read(); field > 0; field = data.read()) {
      String value = readString(data);
      if (field == 'S') {
        severity = value;
      } else if (field == 'C') {
        code = value;
      }
    }
    return severity + " " + code;
  }

  private static String showRow(DataInputStream data) throws IOException {
    List<String> values = new ArrayList<>();
    for (int i = data.readUnsignedShort(); i > 0; i--) {
      int length = data.readInt();
      values.add(length < 0 ? "null" : new String(data.readNBytes(length), StandardCharsets.UTF_8));
    }
    return String.join(",", values);
  }

  private static String showColumns(DataInputStream data) throws IOException {
    List<String> columns = new ArrayList<>();
    for (int i = data.readUnsignedShort(); i > 0; i--) {
      String name = readString(data);
      data.skipNBytes(6);
      columns.add(name + ":" + data.readInt());
      data.skipNBytes(8);
    }
    return String.join(",", columns);
  }

  private static String showOids(DataInputStream data) throws IOException {
    List<String> oids = new ArrayList<>();
    for (int i = data.readUnsignedShort(); i > 0; i--) {
      oids.add(Integer.toString(data.readInt()));
    }
    return String.join(",", oids);
  }

  private static String readString(DataInputStream data) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int b = data.read(); b > 0; b = data.read()) {
      bytes.write(b);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static void writeString(OutputStream out, String value) throws IOException {
    out.write(value.getBytes(StandardCharsets.UTF_8));
    out.write(0);
  }

  /** Without a Terminate: the way a killed client goes. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
