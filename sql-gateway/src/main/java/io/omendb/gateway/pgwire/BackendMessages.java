package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.omendb.gateway.session.Notice;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.gateway.session.Session;
import io.omendb.gateway.types.PgType;
import java.util.List;

/**
 * What the server sends: one method per message, each appending a whole message (byte type, int32
 * length that counts itself, content). DataRow is {@link RowEncoder}'s.
 */
final class BackendMessages {
  /** Protocol 3.0, the newest that is spoken here. */
  static final int PROTOCOL_VERSION = 3 << 16;

  private static final int AUTHENTICATION_OK = 0;

  /** How bad an error is for the connection. */
  enum Severity {
    ERROR,
    FATAL,
    WARNING,
    NOTICE
  }

  private BackendMessages() {}

  static void authenticationOk(ByteBuf out) {
    authenticationRequest(out, AUTHENTICATION_OK, new byte[0]);
  }

  static void authenticationRequest(ByteBuf out, int code, byte[] data) {
    int start = begin(out, 'R');
    out.writeInt(code);
    out.writeBytes(data);
    end(out, start);
  }

  static void negotiateProtocolVersion(ByteBuf out, List<String> unknownOptions) {
    int start = begin(out, 'v');
    out.writeInt(PROTOCOL_VERSION);
    out.writeInt(unknownOptions.size());
    for (String option : unknownOptions) {
      string(out, option);
    }
    end(out, start);
  }

  static void backendKeyData(ByteBuf out, int processId, int secretKey) {
    int start = begin(out, 'K');
    out.writeInt(processId);
    out.writeInt(secretKey);
    end(out, start);
  }

  static void parameterStatus(ByteBuf out, String name, String value) {
    int start = begin(out, 'S');
    string(out, name);
    string(out, value);
    end(out, start);
  }

  static void readyForQuery(ByteBuf out, Session.Status status) {
    int start = begin(out, 'Z');
    out.writeByte(
        switch (status) {
          case IDLE -> 'I';
          case IN_TRANSACTION -> 'T';
          case FAILED -> 'E';
        });
    end(out, start);
  }

  /** {@code formats} has one code per column. */
  static void rowDescription(ByteBuf out, List<ResultColumn> columns, short[] formats) {
    int start = begin(out, 'T');
    out.writeShort(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      ResultColumn column = columns.get(i);
      string(out, column.name());
      out.writeInt(column.tableId());
      out.writeShort(column.columnNumber());
      out.writeInt(column.type().oid());
      out.writeShort(column.type().lengthBytes());
      out.writeInt(column.typeModifier());
      out.writeShort(formats[i]);
    }
    end(out, start);
  }

  static void parameterDescription(ByteBuf out, List<PgType> types) {
    int start = begin(out, 't');
    out.writeShort(types.size());
    for (PgType type : types) {
      out.writeInt(type.oid());
    }
    end(out, start);
  }

  static void noData(ByteBuf out) {
    end(out, begin(out, 'n'));
  }

  static void parseComplete(ByteBuf out) {
    end(out, begin(out, '1'));
  }

  static void bindComplete(ByteBuf out) {
    end(out, begin(out, '2'));
  }

  static void closeComplete(ByteBuf out) {
    end(out, begin(out, '3'));
  }

  static void portalSuspended(ByteBuf out) {
    end(out, begin(out, 's'));
  }

  static void emptyQueryResponse(ByteBuf out) {
    end(out, begin(out, 'I'));
  }

  static void commandComplete(ByteBuf out, String tag) {
    int start = begin(out, 'C');
    string(out, tag);
    end(out, start);
  }

  /** Text format for the whole and each column. */
  static void copyInResponse(ByteBuf out, int columns) {
    copyResponse(out, 'G', columns);
  }

  /** Text format for the whole and each column. */
  static void copyOutResponse(ByteBuf out, int columns) {
    copyResponse(out, 'H', columns);
  }

  private static void copyResponse(ByteBuf out, char type, int columns) {
    int start = begin(out, type);
    out.writeByte(0);
    out.writeShort(columns);
    out.writeZero(2 * columns);
    end(out, start);
  }

  static void copyData(ByteBuf out, byte[] bytes) {
    int start = begin(out, 'd');
    out.writeBytes(bytes);
    end(out, start);
  }

  static void copyDone(ByteBuf out) {
    end(out, begin(out, 'c'));
  }

  static void errorResponse(ByteBuf out, Severity severity, String sqlState, String message) {
    fields(out, 'E', severity, sqlState, message);
  }

  static void noticeResponse(ByteBuf out, Notice notice) {
    Severity severity =
        switch (notice.level()) {
          case NOTICE -> Severity.NOTICE;
          case WARNING -> Severity.WARNING;
        };
    fields(out, 'N', severity, notice.sqlState(), notice.text());
  }

  private static void fields(
      ByteBuf out, char type, Severity severity, String sqlState, String message) {
    int start = begin(out, type);
    field(out, 'S', severity.name());
    field(out, 'V', severity.name());
    field(out, 'C', sqlState);
    field(out, 'M', message);
    out.writeByte(0);
    end(out, start);
  }

  private static void field(ByteBuf out, char code, String value) {
    out.writeByte(code);
    string(out, value);
  }

  /** A C string cannot hold NUL: what is after one is another field to the client. */
  private static void string(ByteBuf out, String value) {
    ByteBufUtil.writeUtf8(out, value.indexOf('\0') < 0 ? value : value.replace('\0', '?'));
    out.writeByte(0);
  }

  /** Writes type and a place for the length; returns that place. */
  static int begin(ByteBuf out, char type) {
    out.writeByte(type);
    int start = out.writerIndex();
    out.writeInt(0);
    return start;
  }

  static void end(ByteBuf out, int start) {
    out.setInt(start, out.writerIndex() - start);
  }
}
