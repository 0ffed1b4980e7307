package io.omendb.gateway.session;

import io.omendb.gateway.oltp.Modification;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SessionContext;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A prepared statement: planned once, and again where what the plan depends on has changed. */
final class OmenStatement implements PreparedStatement {
  private static final PgType TEXT = PgTypes.TEXT;

  /** About what a plan and its compiled form take: measured over short and long statements. */
  private static final int SIZE_BYTES_MIN = 4 << 10;

  private static final long BYTES_PER_CHARACTER = 100;

  private final ParsedSql parsed;
  private final int[] parameterOids;
  private @Nullable Compiled compiled;

  OmenStatement(ParsedSql parsed, int[] parameterOids) {
    this.parsed = parsed;
    this.parameterOids = parameterOids.clone();
  }

  /** What a plan depends on beside the text. */
  record PlanKey(long catalogVersion, int ownDefinitions, SessionContext context) {}

  /** A plan and what it compiled to; {@code query} and {@code modification} as the kind needs. */
  record Compiled(
      PlanKey key,
      PlannedStatement plan,
      @Nullable List<ResultColumn> columns,
      @Nullable QueryPlan query,
      @Nullable Modification modification) {}

  ParsedSql parsed() {
    return parsed;
  }

  int[] parameterOids() {
    return parameterOids.clone();
  }

  @Nullable Compiled compiled() {
    return compiled;
  }

  /** Takes a new plan; its columns must be those that the client was told. */
  void compiled(Compiled next) {
    if (compiled != null && !sameColumns(compiled.columns(), next.columns())) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
    }
    compiled = next;
  }

  private static boolean sameColumns(
      @Nullable List<ResultColumn> before, @Nullable List<ResultColumn> after) {
    if (before == null || after == null) {
      return before == after;
    }
    if (before.size() != after.size()) {
      return false;
    }
    for (int i = 0; i < before.size(); i++) {
      if (before.get(i).type() != after.get(i).type()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long sizeBytes() {
    return SIZE_BYTES_MIN + BYTES_PER_CHARACTER * parsed.sql().length();
  }

  private Compiled required() {
    Compiled current = compiled;
    if (current == null) {
      throw new IllegalStateException("the statement is not planned yet");
    }
    return current;
  }

  @Override
  public List<PgType> parameterTypes() {
    return required().plan().parameterTypes();
  }

  @Override
  public @Nullable List<ResultColumn> resultColumns() {
    return required().columns();
  }

  static List<ResultColumn> resultColumns(List<OutputColumn> columns) {
    return columns.stream()
        .map(
            c ->
                new ResultColumn(
                    c.name(), shown(c.type()), c.typeModifier(), c.tableId(), c.columnNumber()))
        .toList();
  }

  /** The reg types are shown as the names that they stand for, so clients get text. */
  private static PgType shown(PgType type) {
    return isReg(type) || type == PgTypes.UNKNOWN ? TEXT : type;
  }

  static boolean isReg(PgType type) {
    return type == PgTypes.REGCLASS
        || type == PgTypes.REGTYPE
        || type == PgTypes.REGPROC
        || type == PgTypes.REGNAMESPACE;
  }

  static ResultColumn textColumn(String name) {
    return new ResultColumn(name, TEXT, -1, 0, 0);
  }
}
