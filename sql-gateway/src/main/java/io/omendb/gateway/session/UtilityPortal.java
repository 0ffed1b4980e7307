package io.omendb.gateway.session;

import io.omendb.gateway.session.OmenStatement.Compiled;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Statements that are no query and change no rows: transactions, settings, definitions, EXPLAIN.
 */
final class UtilityPortal extends OmenPortal {
  private final Compiled compiled;
  private final List<@Nullable Object> parameters;

  UtilityPortal(OmenSession session, Compiled compiled, List<@Nullable Object> parameters) {
    super(session);
    this.compiled = compiled;
    this.parameters = parameters;
  }

  @Override
  public @Nullable List<ResultColumn> resultColumns() {
    return compiled.columns();
  }

  @Override
  public @Nullable Completion tryExecute(RowSink sink) {
    PlannedStatement plan = compiled.plan();
    boolean waitsForNothing =
        plan instanceof PlannedStatement.Begin
            || plan instanceof PlannedStatement.Empty
            || plan instanceof PlannedStatement.SetSetting
            || plan instanceof PlannedStatement.Show;
    return waitsForNothing ? execute(0, sink) : null;
  }

  @Override
  Completion run(int rowsMax, RowSink sink) {
    PlannedStatement plan = compiled.plan();
    Settings settings = session.settings();
    if (plan instanceof PlannedStatement.Begin begin) {
      return begin(begin);
    }
    if (plan instanceof PlannedStatement.Commit commit) {
      return commit(commit);
    }
    if (plan instanceof PlannedStatement.Rollback rollback) {
      return rollback(rollback);
    }
    if (plan instanceof PlannedStatement.SetTransaction set) {
      return setTransaction(set);
    }
    if (plan instanceof PlannedStatement.Savepoint) {
      throw new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, "savepoints are not supported yet");
    }
    if (plan instanceof PlannedStatement.SetSetting set) {
      settings.beginTransaction();
      set(set.name(), set.value(), set.local());
      boolean pointless = set.local() && session.status() == Session.Status.IDLE;
      return new Completion(
          "SET",
          pointless
              ? List.of(onlyInBlocks("SET LOCAL can only be used in transaction blocks"))
              : List.of());
    }
    if (plan instanceof PlannedStatement.ResetSetting reset) {
      settings.beginTransaction();
      if (reset.name() == null) {
        settings.resetAll();
      } else {
        set(reset.name(), null, false);
      }
      return Completion.of("RESET");
    }
    if (plan instanceof PlannedStatement.Show show) {
      return show(show, sink);
    }
    if (plan instanceof PlannedStatement.Explain explain) {
      for (String line : Explanation.lines(session, explain, parameters, cancel)) {
        sink.row(new Object[] {line});
      }
      return Completion.of("EXPLAIN");
    }
    if (plan instanceof PlannedStatement.Prepare prepare) {
      return prepare(prepare);
    }
    if (plan instanceof PlannedStatement.Deallocate deallocate) {
      return deallocate(deallocate);
    }
    if (plan instanceof PlannedStatement.Discard discard) {
      return discard(discard);
    }
    if (plan instanceof PlannedStatement.NoOperation none) {
      if (none.outsideBlocks() && session.status() != Session.Status.IDLE) {
        throw new OmenException(
            ErrorCode.ACTIVE_SQL_TRANSACTION,
            none.tag() + " cannot run inside a transaction block");
      }
      return Completion.of(none.tag());
    }
    if (plan instanceof PlannedStatement.Skipped skipped) {
      return new Completion(skipped.tag(), List.of(Notice.notice(skipped.notice())));
    }
    if (plan instanceof PlannedStatement.Empty) {
      return Completion.of("");
    }
    return new Definitions(session, cancel).run(plan, parameters);
  }

  private Completion begin(PlannedStatement.Begin begin) {
    if (session.status() != Session.Status.IDLE) {
      setModes(begin, "transaction_", true);
      return new Completion(
          "BEGIN",
          List.of(
              Notice.warning(
                  ErrorCode.ACTIVE_SQL_TRANSACTION.sqlState(),
                  "there is already a transaction in progress")));
    }
    Settings settings = session.settings();
    String isolation =
        begin.isolation() == null
            ? settings.get("default_transaction_isolation")
            : SettingValues.isolation("transaction_isolation", begin.isolation());
    session.block().begin();
    settings.set("transaction_isolation", isolation, true);
    settings.set(
        "transaction_read_only",
        begin.readOnly() == null
            ? settings.get("default_transaction_read_only")
            : begin.readOnly() ? "on" : "off",
        true);
    return Completion.of("BEGIN");
  }

  private Completion commit(PlannedStatement.Commit commit) {
    TransactionBlock block = session.block();
    boolean outside = block.status() == Session.Status.IDLE;
    refuseChainOutside(commit.chain(), outside, "COMMIT");
    Runnable next = chained(commit.chain());
    boolean committed = block.commit();
    next.run();
    return new Completion(committed ? "COMMIT" : "ROLLBACK", noTransaction(outside));
  }

  private Completion rollback(PlannedStatement.Rollback rollback) {
    TransactionBlock block = session.block();
    boolean outside = block.status() == Session.Status.IDLE;
    refuseChainOutside(rollback.chain(), outside, "ROLLBACK");
    Runnable next = chained(rollback.chain());
    block.rollback();
    next.run();
    return new Completion("ROLLBACK", noTransaction(outside));
  }

  private static void refuseChainOutside(boolean chain, boolean outside, String verb) {
    if (chain && outside) {
      throw new OmenException(
          ErrorCode.NO_ACTIVE_SQL_TRANSACTION,
          verb + " AND CHAIN can only be used in transaction blocks");
    }
  }

  /** The block that AND CHAIN begins, of the same kind as the one that ends. */
  private Runnable chained(boolean chain) {
    if (!chain) {
      return () -> {};
    }
    Settings settings = session.settings();
    String isolation = settings.get("transaction_isolation");
    String readOnly = settings.get("transaction_read_only");
    return () -> {
      session.block().begin();
      settings.set("transaction_isolation", isolation, true);
      settings.set("transaction_read_only", readOnly, true);
    };
  }

  private static List<Notice> noTransaction(boolean outside) {
    return outside ? List.of(onlyInBlocks("there is no transaction in progress")) : List.of();
  }

  private static Notice onlyInBlocks(String text) {
    return Notice.warning(ErrorCode.NO_ACTIVE_SQL_TRANSACTION.sqlState(), text);
  }

  private Completion setTransaction(PlannedStatement.SetTransaction set) {
    session.settings().beginTransaction();
    setModes(set.modes(), set.session() ? "default_transaction_" : "transaction_", !set.session());
    boolean pointless = !set.session() && session.status() == Session.Status.IDLE;
    return new Completion(
        "SET",
        pointless
            ? List.of(onlyInBlocks("SET TRANSACTION can only be used in transaction blocks"))
            : List.of());
  }

  private void setModes(PlannedStatement.Begin modes, String prefix, boolean local) {
    if (modes.isolation() != null) {
      set(prefix + "isolation", modes.isolation(), local);
    }
    Boolean readOnly = modes.readOnly();
    if (readOnly != null) {
      set(prefix + "read_only", readOnly ? "on" : "off", local);
    }
  }

  /** SET; what a transaction is cannot change when it has read something. */
  private void set(String name, @Nullable String value, boolean local) {
    Settings settings = session.settings();
    String before = session.block().hasTransaction() ? settings.find(name) : null;
    settings.set(name, value, local);
    String now = settings.find(name);
    if (before == null || before.equals(now)) {
      return;
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.equals("transaction_isolation")) {
      throw new OmenException(
          ErrorCode.ACTIVE_SQL_TRANSACTION,
          "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    }
    if (lower.equals("transaction_read_only") && "off".equals(now)) {
      throw new OmenException(
          ErrorCode.ACTIVE_SQL_TRANSACTION,
          "transaction read-write mode must be set before any query");
    }
  }

  private Completion show(PlannedStatement.Show show, RowSink sink) {
    if (!show.name().equalsIgnoreCase("all")) {
      sink.row(new Object[] {session.settings().get(show.name())});
      return Completion.of("SHOW");
    }
    session
        .settings()
        .all()
        .forEach(
            (name, value) -> {
              Setting setting = Setting.find(name);
              sink.row(new Object[] {name, value, setting == null ? "" : setting.description()});
            });
    return Completion.of("SHOW");
  }

  private Completion prepare(PlannedStatement.Prepare prepare) {
    if (session.named().containsKey(prepare.name())) {
      throw new OmenException(
          ErrorCode.DUPLICATE_PREPARED_STATEMENT,
          "prepared statement \"%s\" already exists".formatted(prepare.name()));
    }
    if (session.named().size() >= OmenSession.NAMED_STATEMENTS_MAX) {
      throw new OmenException(
          ErrorCode.CONFIGURATION_LIMIT_EXCEEDED,
          "a session may have %d prepared statements at most"
              .formatted(OmenSession.NAMED_STATEMENTS_MAX));
    }
    OmenStatement statement =
        new OmenStatement(
            prepare.statement(), prepare.declaredTypes().stream().mapToInt(PgType::oid).toArray());
    session.plan(statement);
    session.named().put(prepare.name(), statement);
    return Completion.of("PREPARE");
  }

  private Completion deallocate(PlannedStatement.Deallocate deallocate) {
    if (deallocate.name() == null) {
      session.named().clear();
      return Completion.of("DEALLOCATE ALL");
    }
    Portals.named(session, deallocate.name());
    session.named().remove(deallocate.name());
    return Completion.of("DEALLOCATE");
  }

  private Completion discard(PlannedStatement.Discard discard) {
    String what = discard.what().toUpperCase(Locale.ROOT);
    if (what.equals("ALL")) {
      if (session.status() != Session.Status.IDLE) {
        throw new OmenException(
            ErrorCode.ACTIVE_SQL_TRANSACTION, "DISCARD ALL cannot run inside a transaction block");
      }
      session.settings().resetAll();
      session.named().clear();
    }
    return Completion.of("DISCARD " + what);
  }
}
