package io.omendb.gateway.session;

import io.omendb.gateway.session.OmenStatement.Compiled;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
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
    TransactionBlock block = session.block();
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
      settings.set(set.name(), set.value(), set.local());
      boolean pointless = set.local() && block.status() == Session.Status.IDLE;
      return new Completion(
          "SET",
          pointless ? List.of("SET LOCAL can only be used in transaction blocks") : List.of());
    }
    if (plan instanceof PlannedStatement.ResetSetting reset) {
      settings.beginTransaction();
      if (reset.name() == null) {
        settings.resetAll();
      } else {
        settings.set(reset.name(), null, false);
      }
      return Completion.of("RESET");
    }
    if (plan instanceof PlannedStatement.Show show) {
      return show(show, sink);
    }
    if (plan instanceof PlannedStatement.Explain explain) {
      for (String line : Explanation.lines(session, explain, parameters, cancel, memory())) {
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
      return new Completion(none.tag(), none.notices());
    }
    if (plan instanceof PlannedStatement.Empty) {
      return Completion.of("");
    }
    return new Definitions(session, cancel, memory()).run(plan, parameters);
  }

  private Completion begin(PlannedStatement.Begin begin) {
    if (!session.block().begin()) {
      return new Completion("BEGIN", List.of("there is already a transaction in progress"));
    }
    Settings settings = session.settings();
    settings.set(
        "transaction_isolation",
        begin.isolation() == null
            ? settings.get("default_transaction_isolation")
            : begin.isolation(),
        true);
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
    boolean committed = block.commit();
    if (commit.chain() && !outside) {
      block.begin();
    }
    return new Completion(
        committed ? "COMMIT" : "ROLLBACK",
        outside ? List.of("there is no transaction in progress") : List.of());
  }

  private Completion rollback(PlannedStatement.Rollback rollback) {
    TransactionBlock block = session.block();
    boolean outside = block.status() == Session.Status.IDLE;
    block.rollback();
    if (rollback.chain() && !outside) {
      block.begin();
    }
    return new Completion(
        "ROLLBACK", outside ? List.of("there is no transaction in progress") : List.of());
  }

  private Completion setTransaction(PlannedStatement.SetTransaction set) {
    Settings settings = session.settings();
    settings.beginTransaction();
    String prefix = set.session() ? "default_transaction_" : "transaction_";
    boolean local = !set.session();
    if (set.modes().isolation() != null) {
      settings.set(prefix + "isolation", set.modes().isolation(), local);
    }
    Boolean readOnly = set.modes().readOnly();
    if (readOnly != null) {
      settings.set(prefix + "read_only", readOnly ? "on" : "off", local);
    }
    boolean pointless = local && session.status() == Session.Status.IDLE;
    return new Completion(
        "SET",
        pointless ? List.of("SET TRANSACTION can only be used in transaction blocks") : List.of());
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
    session.namedMemory().reserve(statement.sizeBytes());
    session.named().put(prepare.name(), statement);
    return Completion.of("PREPARE");
  }

  private void forgetNamed() {
    session.named().clear();
    session.namedMemory().releaseAll();
  }

  private Completion deallocate(PlannedStatement.Deallocate deallocate) {
    if (deallocate.name() == null) {
      forgetNamed();
      return Completion.of("DEALLOCATE ALL");
    }
    OmenStatement statement = Portals.named(session, deallocate.name());
    session.named().remove(deallocate.name());
    session.namedMemory().release(statement.sizeBytes());
    return Completion.of("DEALLOCATE");
  }

  private Completion discard(PlannedStatement.Discard discard) {
    String what = discard.what().toUpperCase(java.util.Locale.ROOT);
    if (what.equals("ALL")) {
      if (session.status() != Session.Status.IDLE) {
        throw new OmenException(
            ErrorCode.ACTIVE_SQL_TRANSACTION, "DISCARD ALL cannot run inside a transaction block");
      }
      session.settings().resetAll();
      forgetNamed();
    }
    return Completion.of("DISCARD " + what);
  }
}
