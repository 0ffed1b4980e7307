package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.Notice;
import io.omendb.gateway.session.ParsedStatement;
import io.omendb.gateway.session.Portal;
import io.omendb.gateway.session.PreparedStatement;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.gateway.session.Session;
import io.omendb.gateway.session.SessionFactory;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sessions with a language of one word per statement, so that the protocol is tested without a
 * database:
 *
 * <pre>
 *   select N            one row, one int4              rows N BYTES     N rows (id int4, payload text)
 *   echo TYPE…          one row of its parameters      point            its int8 parameter, by tryExecute
 *   write WORD          kept when committed            begin commit rollback
 *   fail CODE           that error                     boom deep        errors that are no OmenException
 *   sleep               until cancelled                set NAME VALUE   a reported setting
 *   notice WORD         a notice                       copyin copyout N COPY
 * </pre>
 */
final class ToySessions implements SessionFactory {
  final List<String> committed = Collections.synchronizedList(new ArrayList<>());
  final AtomicInteger open = new AtomicInteger();
  final AtomicInteger rolledBack = new AtomicInteger();
  final AtomicLong rowsProduced = new AtomicLong();
  final AtomicInteger sleeping = new AtomicInteger();
  final ConcurrentLinkedQueue<String> pointThreads = new ConcurrentLinkedQueue<>();

  @Override
  public Session open(Map<String, String> startupParameters, int processId) {
    if ("nowhere".equals(startupParameters.get("database"))) {
      throw new OmenException(
          ErrorCode.INVALID_CATALOG_NAME, "database \"nowhere\" does not exist");
    }
    open.incrementAndGet();
    return new ToySession(startupParameters);
  }

  private record Parsed(String sql) implements ParsedStatement {}

  private record Prepared(
      String[] words, List<PgType> parameterTypes, @Nullable List<ResultColumn> resultColumns)
      implements PreparedStatement {}

  private final class ToySession implements Session {
    private final Map<String, String> settings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final List<String> pending = new ArrayList<>();
    private volatile @Nullable CountDownLatch sleep;
    private Status status = Status.IDLE;
    private boolean wrote;
    private @Nullable SettingListener listener;

    ToySession(Map<String, String> startup) {
      settings.putAll(
          Map.of(
              "server_version", "15.0 (OmenDB toy)",
              "client_encoding", "UTF8",
              "DateStyle", "ISO, MDY",
              "IntervalStyle", "postgres",
              "TimeZone", "UTC",
              "integer_datetimes", "on",
              "is_superuser", "on",
              "server_encoding", "UTF8",
              "standard_conforming_strings", "on"));
      settings.put("session_authorization", Objects.requireNonNull(startup.get("user")));
      settings.put("application_name", startup.getOrDefault("application_name", ""));
      settings.put("default_transaction_read_only", "off");
      settings.put("in_hot_standby", "off");
    }

    @Override
    public Status status() {
      return status;
    }

    @Override
    public List<ParsedStatement> parse(String sql) {
      List<ParsedStatement> statements = new ArrayList<>();
      for (String statement : sql.split(";", -1)) {
        if (!statement.isBlank()) {
          statements.add(new Parsed(statement.strip()));
        }
      }
      return statements;
    }

    @Override
    public PreparedStatement prepare(ParsedStatement statement, int[] parameterOids) {
      String[] words = statement.sql().toLowerCase(Locale.ROOT).split("\\s+");
      if (status == Status.FAILED && !words[0].equals("rollback") && !words[0].equals("commit")) {
        throw failed(ErrorCode.IN_FAILED_SQL_TRANSACTION, "current transaction is aborted");
      }
      return switch (words[0]) {
        case "select" -> new Prepared(words, List.of(), List.of(column("?column?", PgTypes.INT4)));
        case "rows" ->
            new Prepared(
                words,
                List.of(),
                List.of(column("id", PgTypes.INT4), column("payload", PgTypes.TEXT)));
        case "echo" -> {
          List<PgType> types = new ArrayList<>();
          List<ResultColumn> columns = new ArrayList<>();
          for (int i = 1; i < words.length; i++) {
            // As PostgreSQL: what the client declares is what it is told.
            int declared = i <= parameterOids.length ? parameterOids[i - 1] : 0;
            PgType type =
                Objects.requireNonNull(
                    declared == 0
                        ? PgTypes.byName(words[i].replaceFirst("\\$\\d+::", ""))
                        : PgTypes.byOid(declared));
            types.add(type);
            columns.add(column("c" + i, type));
          }
          yield new Prepared(words, types, columns);
        }
        case "point" ->
            new Prepared(words, List.of(PgTypes.INT8), List.of(column("id", PgTypes.INT8)));
        case "copyout" -> new Prepared(words, List.of(), List.of(column("line", PgTypes.TEXT)));
        case "write",
            "begin",
            "commit",
            "rollback",
            "fail",
            "boom",
            "deep",
            "sleep",
            "set",
            "notice",
            "copyin" ->
            new Prepared(words, List.of(), null);
        default ->
            throw failed(ErrorCode.SYNTAX_ERROR, "syntax error at or near \"" + words[0] + "\"");
      };
    }

    private ResultColumn column(String name, PgType type) {
      return new ResultColumn(name, type, -1, 0, 0);
    }

    private OmenException failed(ErrorCode code, String message) {
      if (status == Status.IN_TRANSACTION) {
        status = Status.FAILED;
      }
      return new OmenException(code, message);
    }

    @Override
    public Portal bind(PreparedStatement statement, List<@Nullable Object> parameters) {
      return new ToyPortal((Prepared) statement, parameters);
    }

    @Override
    public void endImplicitTransaction(boolean failed) {
      if (status != Status.IDLE) {
        return;
      }
      if (failed) {
        rollback();
      } else {
        if (pending.remove("late-failure")) {
          pending.clear();
          wrote = false;
          throw new OmenException(ErrorCode.SERIALIZATION_FAILURE, "could not serialize access");
        }
        committed.addAll(pending);
        pending.clear();
      }
      wrote = false;
    }

    @Override
    public boolean endMayBlock() {
      return wrote;
    }

    private void rollback() {
      if (!pending.isEmpty()) {
        rolledBack.incrementAndGet();
      }
      pending.clear();
    }

    @Override
    public String setting(String name) {
      return Objects.requireNonNull(settings.get(name), name);
    }

    @Override
    public void onSettingChanged(SettingListener newListener) {
      listener = newListener;
    }

    @Override
    public void cancel() {
      CountDownLatch running = sleep;
      if (running != null) {
        running.countDown();
      }
    }

    @Override
    public void close() {
      rollback();
      open.decrementAndGet();
    }

    @Override
    public Portal tryBind(PreparedStatement statement, List<@Nullable Object> parameters) {
      return bind(statement, parameters);
    }

    @Override
    public void fail() {
      status = status == Status.IN_TRANSACTION ? Status.FAILED : status;
    }

    private final class ToyPortal implements Portal {
      private final Prepared prepared;
      private final List<@Nullable Object> parameters;
      private int position;

      ToyPortal(Prepared prepared, List<@Nullable Object> parameters) {
        this.prepared = prepared;
        this.parameters = parameters;
      }

      @Override
      public @Nullable List<ResultColumn> resultColumns() {
        return prepared.resultColumns();
      }

      @Override
      public Kind kind() {
        return switch (prepared.words()[0]) {
          case "copyin" -> Kind.COPY_IN;
          case "copyout" -> Kind.COPY_OUT;
          default -> Kind.STATEMENT;
        };
      }

      @Override
      public boolean closeMayWait() {
        return false;
      }

      @Override
      public @Nullable Completion tryExecute(RowSink sink) {
        if (!prepared.words()[0].equals("point")) {
          return null;
        }
        pointThreads.add(Thread.currentThread().getName());
        sink.row(new @Nullable Object[] {parameters.get(0)});
        return Completion.of("SELECT 1");
      }

      @Override
      public Completion execute(int rowsMax, RowSink sink) {
        String[] words = prepared.words();
        switch (words[0]) {
          case "select" -> {
            sink.row(new Object[] {Integer.parseInt(words[1])});
            return Completion.of("SELECT 1");
          }
          case "echo", "point" -> {
            sink.row(parameters.toArray());
            return Completion.of("SELECT 1");
          }
          case "rows" -> {
            return rows(Integer.parseInt(words[1]), Integer.parseInt(words[2]), rowsMax, sink);
          }
          case "write" -> {
            pending.add(words[1]);
            wrote = true;
            return Completion.of("INSERT 0 1");
          }
          case "begin" -> {
            status = Status.IN_TRANSACTION;
            return Completion.of("BEGIN");
          }
          case "commit" -> {
            boolean lost = status == Status.FAILED;
            status = Status.IDLE;
            if (lost) {
              rollback();
              return Completion.of("ROLLBACK");
            }
            committed.addAll(pending);
            pending.clear();
            return Completion.of("COMMIT");
          }
          case "rollback" -> {
            status = Status.IDLE;
            rollback();
            return Completion.of("ROLLBACK");
          }
          case "fail" ->
              throw failed(ErrorCode.valueOf(words[1].toUpperCase(Locale.ROOT)), "as asked");
          case "boom" -> throw new IllegalStateException("boom");
          case "deep" -> {
            return Completion.of("DEEP " + deep(1));
          }
          case "sleep" -> {
            return sleepUntilCancelled();
          }
          case "set" -> {
            settings.put(words[1], words[2]);
            if (listener != null) {
              listener.settingChanged(words[1], words[2]);
            }
            return Completion.of("SET");
          }
          case "notice" -> {
            return new Completion("NOTICE", List.of(Notice.notice(words[1])));
          }
          case "copyout" -> {
            int lines = Integer.parseInt(words[1]);
            for (int i = 0; i < lines; i++) {
              sink.copyData((i + "\n").getBytes(StandardCharsets.UTF_8));
            }
            return Completion.of("COPY " + lines);
          }
          default -> throw new IllegalStateException(words[0]);
        }
      }

      private int deep(int level) {
        return level == Integer.MIN_VALUE ? 0 : 1 + deep(level + 1);
      }

      private Completion rows(int count, int bytes, int rowsMax, RowSink sink) {
        String payload = "x".repeat(bytes);
        int end = rowsMax == 0 ? count : Math.min(count, position + rowsMax);
        int sent = end - position;
        while (position < end) {
          sink.row(new Object[] {position++, payload});
          rowsProduced.incrementAndGet();
        }
        return rowsMax > 0 && sent == rowsMax
            ? Completion.SUSPENDED
            : Completion.of("SELECT " + sent);
      }

      private Completion sleepUntilCancelled() {
        CountDownLatch latch = new CountDownLatch(1);
        sleep = latch;
        sleeping.incrementAndGet();
        try {
          latch.await();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
        } finally {
          sleeping.decrementAndGet();
          sleep = null;
        }
        throw failed(ErrorCode.QUERY_CANCELED, "canceling statement due to user request");
      }

      @Override
      public CopyIn copyIn() {
        return new CopyIn() {
          private final StringBuilder text = new StringBuilder();

          @Override
          public int columnCount() {
            return 1;
          }

          @Override
          public void data(byte[] bytes, int offset, int length) {
            text.append(new String(bytes, offset, length, StandardCharsets.UTF_8));
            if (text.indexOf("bad") >= 0) {
              throw failed(ErrorCode.BAD_COPY_FILE_FORMAT, "a bad line");
            }
          }

          @Override
          public Completion finish() {
            List<String> lines = Arrays.asList(text.toString().split("\n"));
            pending.addAll(lines);
            wrote = true;
            return Completion.of("COPY " + lines.size());
          }

          @Override
          public void fail(String reason) {
            var unused = failed(ErrorCode.QUERY_CANCELED, reason);
          }
        };
      }

      @Override
      public void close() {}
    }
  }
}
