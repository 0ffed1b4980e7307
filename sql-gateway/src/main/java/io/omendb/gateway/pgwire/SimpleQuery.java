package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.ParsedStatement;
import io.omendb.gateway.session.Portal;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.gateway.session.Session;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Supplier;

/**
 * A query string: its statements one after the other, in one implicit transaction unless they say
 * otherwise.
 *
 * <pre>
 *   client: Query
 *   server: (RowDescription DataRow*)? CommandComplete     per statement
 *           | EmptyQueryResponse                           where there is none
 *           ErrorResponse                                  at the first error; the rest does not run
 *           ReadyForQuery                                  by the conversation
 * </pre>
 *
 * <p>Workers only.
 */
final class SimpleQuery {
  private static final int[] NO_DECLARED_TYPES = {};

  private final Session session;
  private final ClientOutput output;
  private final PortalRunner runner;

  SimpleQuery(Session session, ClientOutput output, PortalRunner runner) {
    this.session = session;
    this.output = output;
    this.runner = runner;
  }

  /**
   * Runs all; throws at the first error. The implicit transaction is committed before the last
   * CommandComplete, which says that it is.
   */
  void run(String sql, Supplier<ZoneId> zone) {
    List<ParsedStatement> statements = session.parse(sql);
    if (statements.isEmpty()) {
      session.endImplicitTransaction(false);
      BackendMessages.emptyQueryResponse(output.buffer());
      return;
    }
    for (int i = 0; i < statements.size(); i++) {
      runOne(statements.get(i), zone, i == statements.size() - 1);
    }
  }

  private void runOne(ParsedStatement statement, Supplier<ZoneId> zone, boolean last) {
    try (Portal portal = session.bind(session.prepare(statement, NO_DECLARED_TYPES), List.of())) {
      List<ResultColumn> columns = portal.resultColumns();
      short[] formats = new short[columns == null ? 0 : columns.size()];
      if (columns != null && portal.kind() == Portal.Kind.STATEMENT) {
        BackendMessages.rowDescription(output.buffer(), columns, formats);
      }
      Portal.Completion completion = runner.run(portal, formats, zone.get(), 0);
      if (last) {
        session.endImplicitTransaction(false);
      }
      runner.complete(completion);
    }
  }
}
