package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import java.util.Map;

/**
 * What a client sends (PostgreSQL documentation, "Message Formats"). Immutable; byte arrays belong
 * to the message.
 */
sealed interface FrontendMessage {

  /** Whether an error in it makes the server skip everything up to the next Sync. */
  default boolean isExtendedQuery() {
    return false;
  }

  /** Roughly what it holds in memory, for the bound of the connection's queue. */
  default int sizeBytes() {
    return 64;
  }

  /** Versions are major &lt;&lt; 16 | minor. */
  record Startup(int protocolVersion, Map<String, String> parameters) implements FrontendMessage {}

  record SslRequest() implements FrontendMessage {}

  record GssEncryptionRequest() implements FrontendMessage {}

  record CancelRequest(int processId, int secretKey) implements FrontendMessage {}

  /** The answer to an authentication request. */
  record AuthenticationResponse(byte[] data) implements FrontendMessage {}

  record Query(String sql) implements FrontendMessage {
    @Override
    public int sizeBytes() {
      return 64 + 2 * sql.length();
    }
  }

  record Parse(String statement, String sql, int[] parameterOids) implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return true;
    }

    @Override
    public int sizeBytes() {
      return 64 + 2 * sql.length() + 4 * parameterOids.length;
    }
  }

  /**
   * {@code parameters} is what follows the format codes: per parameter its length and bytes, read
   * when their types are known. It is an unpooled heap buffer, so that a connection which ends with
   * unanswered messages leaks nothing.
   */
  record Bind(
      String portal,
      String statement,
      short[] parameterFormats,
      int parameterCount,
      ByteBuf parameters,
      short[] resultFormats)
      implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return true;
    }

    @Override
    public int sizeBytes() {
      return 96 + parameters.capacity();
    }
  }

  /** {@code target} is S for a statement, P for a portal. */
  record Describe(char target, String name) implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return true;
    }
  }

  /** {@code rowsMax} 0 is no limit. */
  record Execute(String portal, int rowsMax) implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return true;
    }
  }

  /** {@code target} is S for a statement, P for a portal. */
  record Close(char target, String name) implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return true;
    }
  }

  record Flush() implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return true;
    }
  }

  record Sync() implements FrontendMessage {}

  record CopyData(byte[] bytes) implements FrontendMessage {
    @Override
    public int sizeBytes() {
      return 64 + bytes.length;
    }
  }

  record CopyDone() implements FrontendMessage {}

  record CopyFail(String reason) implements FrontendMessage {}

  record FunctionCall() implements FrontendMessage {}

  record Terminate() implements FrontendMessage {}

  /** A long message as it came: a worker reads it, since that takes a network thread too long. */
  record Undecoded(char type, byte[] content) implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return type != 'Q';
    }

    @Override
    public int sizeBytes() {
      return 64 + content.length;
    }
  }

  /**
   * What came was no message. {@code fatal}: the stream has lost its framing and the connection
   * ends; otherwise the message's type is known and only its content is wrong.
   */
  record Malformed(ErrorCode code, String reason, boolean fatal, boolean extendedQuery)
      implements FrontendMessage {
    @Override
    public boolean isExtendedQuery() {
      return extendedQuery;
    }
  }
}
