package io.omendb.gateway.session;

import io.omendb.gateway.memory.MemoryDatabase;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Database;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs SQL in a session as the simple protocol does, and shows rows as psql -At would. */
final class SessionHarness implements AutoCloseable {
  private final OmenSessionFactory factory;
  final Database database;
  final Session session;

  SessionHarness() {
    this(new MemoryDatabase());
  }

  SessionHarness(Database database) {
    this.database = database;
    factory =
        new OmenSessionFactory(
            database,
            "omendb",
            null,
            Clock.systemUTC(),
            new OmenSessionFactory.Options(256L << 20, 50_000));
    session = another();
  }

  /** A further session on the same database; the caller closes it. */
  Session another() {
    return factory.open(Map.of("user", "omendb", "database", "omendb"), 4711);
  }

  /** A further session with these start-up parameters beside user and database. */
  Session another(Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(parameters);
    all.put("user", "omendb");
    all.put("database", "omendb");
    return factory.open(all, 4712);
  }

  /** What one string of statements gave. */
  record Outcome(List<String> rows, List<String> tags, List<String> notices) {
    String tag() {
      return tags.get(tags.size() - 1);
    }
  }

  Outcome run(String sql) {
    return run(session, sql);
  }

  static Outcome run(Session session, String sql) {
    List<String> rows = new ArrayList<>();
    List<String> tags = new ArrayList<>();
    List<String> notices = new ArrayList<>();
    try {
      for (ParsedStatement statement : session.parse(sql)) {
        PreparedStatement prepared = session.prepare(statement, new int[0]);
        try (Portal portal = session.bind(prepared, List.of())) {
          Portal.Completion completion = execute(session, portal, rows, 0);
          tags.add(String.valueOf(completion.tag()));
          completion.notices().forEach(notice -> notices.add(notice.text()));
        }
      }
      session.endImplicitTransaction(false);
    } catch (OmenException error) {
      session.endImplicitTransaction(true);
      throw error;
    }
    return new Outcome(rows, tags, notices);
  }

  static Portal.Completion execute(Session session, Portal portal, List<String> rows, int rowsMax) {
    List<ResultColumn> columns = portal.resultColumns();
    ZoneId zone = ZoneId.of(session.setting("TimeZone"));
    Portal.RowSink sink =
        new Portal.RowSink() {
          @Override
          public void row(@Nullable Object[] datums) {
            rows.add(text(columns == null ? List.of() : columns, datums, zone));
          }

          @Override
          public void copyData(byte[] bytes) {
            rows.add(new String(bytes, StandardCharsets.UTF_8));
          }
        };
    Portal.Completion tried = portal.tryExecute(sink);
    return tried == null ? portal.execute(rowsMax, sink) : tried;
  }

  private static String text(List<ResultColumn> columns, @Nullable Object[] datums, ZoneId zone) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      PgType type = columns.get(i).type();
      Object datum = datums[i];
      cells.add(datum == null ? "~" : type.text(datum, zone));
    }
    return cells.stream().collect(Collectors.joining("|"));
  }

  List<String> rows(String sql) {
    return run(sql).rows();
  }

  /** COPY FROM STDIN with this data, given in pieces of that size. */
  String copyIn(String sql, String data, int pieceBytes) {
    PreparedStatement prepared = session.prepare(session.parse(sql).get(0), new int[0]);
    byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
    try (Portal portal = session.bind(prepared, List.of())) {
      Portal.CopyIn copy = portal.copyIn();
      for (int i = 0; i < bytes.length; i += pieceBytes) {
        copy.data(bytes, i, Math.min(pieceBytes, bytes.length - i));
      }
      String tag = String.valueOf(copy.finish().tag());
      session.endImplicitTransaction(false);
      return tag;
    } catch (OmenException error) {
      session.endImplicitTransaction(true);
      throw error;
    }
  }

  /** The SQLSTATE that this ends with. */
  String error(String sql) {
    try {
      run(sql);
    } catch (OmenException error) {
      return error.code().sqlState();
    }
    return "none";
  }

  @Override
  public void close() {
    session.close();
    factory.close();
  }
}
