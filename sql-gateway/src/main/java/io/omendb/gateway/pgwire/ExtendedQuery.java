package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.ParsedStatement;
import io.omendb.gateway.session.Portal;
import io.omendb.gateway.session.PreparedStatement;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.gateway.session.Session;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extended protocol's statements and portals, named and unnamed (the empty name). Methods throw
 * what goes wrong; the conversation then skips to the next Sync.
 *
 * <pre>
 *   Parse     ParseComplete
 *   Bind      BindComplete
 *   Describe  ParameterDescription? (RowDescription | NoData)
 *   Execute   DataRow* (CommandComplete | EmptyQueryResponse | PortalSuspended)
 *   Close     CloseComplete
 * </pre>
 *
 * <p>A portal lives until it is closed or its transaction ends. Confined to the connection's
 * current thread.
 */
final class ExtendedQuery {
  /** Far above what drivers cache (pgjdbc: 256), and a bound on what one client can pile up. */
  private static final int STATEMENTS_MAX = 20_000;

  private static final int PORTALS_MAX = 2_000;

  /** Reading the values of longer messages takes a network thread too long. */
  private static final int PROMPT_BIND_BYTES_MAX = 16_384;

  private final Session session;
  private final ClientOutput output;
  private final PortalRunner runner;
  private final Map<String, Statement> statements = new HashMap<>();
  private final Map<String, BoundPortal> portals = new HashMap<>();

  /** {@code prepared} is null for an empty query. */
  private record Statement(@Nullable PreparedStatement prepared) {}

  /** {@code portal} is null for an empty query. */
  private record BoundPortal(@Nullable Portal portal, short[] formats) {
    boolean closeMayWait() {
      return portal != null && portal.closeMayWait();
    }
  }

  ExtendedQuery(Session session, ClientOutput output, PortalRunner runner) {
    this.session = session;
    this.output = output;
    this.runner = runner;
  }

  void parse(FrontendMessage.Parse message) {
    String name = message.statement();
    if (!name.isEmpty()) {
      if (statements.containsKey(name)) {
        throw new OmenException(
            ErrorCode.DUPLICATE_PREPARED_STATEMENT,
            "prepared statement \"%s\" already exists".formatted(name));
      }
      if (statements.size() >= STATEMENTS_MAX) {
        throw new OmenException(
            ErrorCode.CONFIGURATION_LIMIT_EXCEEDED,
            "this connection has %d prepared statements, the most it may have"
                .formatted(STATEMENTS_MAX));
      }
    } else {
      statements.remove("");
    }
    List<ParsedStatement> parsed = session.parse(message.sql());
    if (parsed.size() > 1) {
      throw new OmenException(
          ErrorCode.SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement");
    }
    statements.put(
        name,
        new Statement(
            parsed.isEmpty() ? null : session.prepare(parsed.get(0), message.parameterOids())));
    BackendMessages.parseComplete(output.buffer());
  }

  /** Workers only. */
  void bind(FrontendMessage.Bind message, ZoneId zone) {
    Statement statement = statement(message.statement());
    String name = message.portal();
    if (name.isEmpty()) {
      closePortal("");
    } else if (portals.containsKey(name)) {
      throw new OmenException(
          ErrorCode.DUPLICATE_CURSOR, "cursor \"%s\" already exists".formatted(name));
    } else if (portals.size() >= PORTALS_MAX) {
      throw new OmenException(
          ErrorCode.CONFIGURATION_LIMIT_EXCEEDED,
          "this connection has %d portals, the most it may have".formatted(PORTALS_MAX));
    }
    PreparedStatement prepared = statement.prepared();
    List<PgType> types = prepared == null ? List.of() : prepared.parameterTypes();
    List<@Nullable Object> parameters = ParameterDecoder.decode(message, types, zone);
    portals.put(
        name,
        prepared == null
            ? new BoundPortal(null, new short[0])
            : bound(session.bind(prepared, parameters), message.resultFormats()));
    BackendMessages.bindComplete(output.buffer());
  }

  /**
   * Likewise for a portal whose place is free and whose message is small; false, and nothing has
   * happened, where only a worker may bind it, or where it fails. Event loop.
   */
  boolean tryBind(FrontendMessage.Bind message, ZoneId zone) {
    Statement statement = statements.get(message.statement());
    BoundPortal former = portals.get(message.portal());
    boolean placeIsFree =
        former == null
            ? portals.size() < PORTALS_MAX
            : message.portal().isEmpty() && !former.closeMayWait();
    PreparedStatement prepared = statement == null ? null : statement.prepared();
    if (prepared == null || !placeIsFree || message.sizeBytes() > PROMPT_BIND_BYTES_MAX) {
      return false;
    }
    Portal portal;
    try {
      portal =
          session.tryBind(
              prepared, ParameterDecoder.decode(message, prepared.parameterTypes(), zone));
      if (portal == null) {
        return false;
      }
      closePortal(message.portal());
      portals.put(message.portal(), bound(portal, message.resultFormats()));
    } catch (RuntimeException refused) {
      return false;
    }
    BackendMessages.bindComplete(output.buffer());
    return true;
  }

  private static BoundPortal bound(Portal portal, short[] resultFormats) {
    List<ResultColumn> columns = rowColumns(portal);
    if (columns == null) {
      return new BoundPortal(portal, new short[0]);
    }
    try {
      return new BoundPortal(
          portal, ParameterDecoder.perItem(resultFormats, columns.size(), "column"));
    } catch (RuntimeException wrongFormats) {
      portal.close();
      throw wrongFormats;
    }
  }

  /** COPY has columns too, but sends them in a format of its own. */
  private static @Nullable List<ResultColumn> rowColumns(@Nullable Portal portal) {
    return portal == null || portal.kind() != Portal.Kind.STATEMENT ? null : portal.resultColumns();
  }

  void describe(FrontendMessage.Describe message) {
    if (message.target() == 'S') {
      PreparedStatement prepared = statement(message.name()).prepared();
      BackendMessages.parameterDescription(
          output.buffer(), prepared == null ? List.of() : prepared.parameterTypes());
      List<ResultColumn> columns = prepared == null ? null : prepared.resultColumns();
      describeRows(columns, columns == null ? new short[0] : new short[columns.size()]);
    } else {
      BoundPortal bound = portal(message.name());
      describeRows(rowColumns(bound.portal()), bound.formats());
    }
  }

  private void describeRows(@Nullable List<ResultColumn> columns, short[] formats) {
    if (columns == null) {
      BackendMessages.noData(output.buffer());
    } else {
      BackendMessages.rowDescription(output.buffer(), columns, formats);
    }
  }

  /** False, and nothing has happened, where only a worker may run it. Event loop. */
  boolean tryExecute(FrontendMessage.Execute message, ZoneId zone) {
    BoundPortal bound = portal(message.portal());
    Portal portal = bound.portal();
    if (portal == null) {
      BackendMessages.emptyQueryResponse(output.buffer());
      return true;
    }
    if (message.rowsMax() > 0) {
      // A row limit makes it a cursor, and tryExecute gives all rows.
      return false;
    }
    Portal.Completion completion = runner.tryRun(portal, bound.formats(), zone);
    if (completion == null) {
      return false;
    }
    runner.complete(completion);
    return true;
  }

  /** Workers only. */
  void execute(FrontendMessage.Execute message, ZoneId zone) {
    BoundPortal bound = portal(message.portal());
    Portal portal = bound.portal();
    if (portal == null) {
      BackendMessages.emptyQueryResponse(output.buffer());
      return;
    }
    runner.complete(runner.run(portal, bound.formats(), zone, Math.max(message.rowsMax(), 0)));
  }

  /** Closing what does not exist is no error. */
  void close(FrontendMessage.Close message) {
    if (message.target() == 'S') {
      statements.remove(message.name());
    } else {
      closePortal(message.name());
    }
    BackendMessages.closeComplete(output.buffer());
  }

  /** False, and nothing has happened, where closing may wait. Event loop. */
  boolean tryClose(FrontendMessage.Close message) {
    BoundPortal bound = message.target() == 'S' ? null : portals.get(message.name());
    if (bound != null && bound.closeMayWait()) {
      return false;
    }
    close(message);
    return true;
  }

  void closePortal(String name) {
    BoundPortal bound = portals.remove(name);
    if (bound != null && bound.portal() != null) {
      bound.portal().close();
    }
  }

  /** At the end of a transaction. */
  void closePortals() {
    if (portals.isEmpty()) {
      return;
    }
    for (BoundPortal bound : portals.values()) {
      if (bound.portal() != null) {
        bound.portal().close();
      }
    }
    portals.clear();
  }

  /** A simple query does away with the unnamed statement and portal. */
  void forgetUnnamed() {
    statements.remove("");
    closePortal("");
  }

  private Statement statement(String name) {
    Statement statement = statements.get(name);
    if (statement == null) {
      throw new OmenException(
          ErrorCode.INVALID_SQL_STATEMENT_NAME,
          name.isEmpty()
              ? "unnamed prepared statement does not exist"
              : "prepared statement \"%s\" does not exist".formatted(name));
    }
    return statement;
  }

  private BoundPortal portal(String name) {
    BoundPortal bound = portals.get(name);
    if (bound == null) {
      throw new OmenException(
          ErrorCode.INVALID_CURSOR_NAME, "portal \"%s\" does not exist".formatted(name));
    }
    return bound;
  }
}
