package io.omendb.gateway.session;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.route.Route;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.PlannedStatement.Copy;
import io.omendb.gateway.sql.statement.PlannedStatement.CopyOptions;
import io.omendb.gateway.sql.statement.PlannedStatement.Query;
import io.omendb.gateway.types.PgType;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** COPY TO STDOUT: one message per line. */
final class CopyOutPortal extends OmenPortal {
  private final Query query;
  private final CopyOptions options;

  CopyOutPortal(OmenSession session, Copy copy) {
    super(session);
    query = Objects.requireNonNull(copy.query());
    options = copy.options();
  }

  @Override
  public Kind kind() {
    return Kind.COPY_OUT;
  }

  @Override
  public List<ResultColumn> resultColumns() {
    return OmenStatement.resultColumns(query.columns());
  }

  @Override
  Completion run(int rowsMax, RowSink sink) {
    ExecutionContext context =
        session.execution(session.block().current(), List.of(), cancel, memory());
    QueryPlan plan = QueryPlan.of(query.rel());
    Route route = session.services().router().route(query.rel(), plan, session.route());
    AnalyticalEngine analytics = session.services().analytics();
    RowSource opened =
        route.engine() == Route.Engine.FLINK && analytics != null
            ? analytics.run(
                query.rel(), query.columns().stream().map(OutputColumn::type).toList(), context)
            : plan.open(context);
    RowSource rows = keep(opened);
    RowDelivery delivery = new RowDelivery(query.columns());
    CopyWriter writer = new CopyWriter(query.columns(), options, context.zone());
    long count = 0;
    try {
      if (options.header()) {
        sink.copyData(writer.header());
      }
      for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
        cancel.check();
        sink.copyData(writer.line(delivery.shown(row, context.functions().catalog())));
        count++;
      }
    } finally {
      close();
    }
    return Completion.of("COPY " + count);
  }

  /** Writes lines of COPY's text and csv forms. */
  static final class CopyWriter {
    private final CopyOptions options;
    private final PgType[] types;
    private final String[] names;
    private final boolean[] forced;
    private final ZoneId zone;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder field = new StringBuilder();

    CopyWriter(List<OutputColumn> columns, CopyOptions options, ZoneId zone) {
      this.options = options;
      this.zone = zone;
      types = new PgType[columns.size()];
      names = new String[columns.size()];
      forced = new boolean[columns.size()];
      List<ResultColumn> shown = OmenStatement.resultColumns(columns);
      List<String> force = options.forceQuote();
      for (int i = 0; i < types.length; i++) {
        types[i] = shown.get(i).type();
        names[i] = columns.get(i).name();
        forced[i] = force == null || force.contains(names[i]);
      }
    }

    byte[] header() {
      out.setLength(0);
      for (int i = 0; i < names.length; i++) {
        separate(i);
        if (isCsv()) {
          csv(names[i], false);
        } else {
          text(names[i]);
        }
      }
      return finished();
    }

    byte[] line(@Nullable Object[] row) {
      out.setLength(0);
      for (int i = 0; i < types.length; i++) {
        separate(i);
        Object datum = row[i];
        if (datum == null) {
          out.append(options.nullText());
          continue;
        }
        field.setLength(0);
        types[i].appendText(field, datum, zone);
        if (isCsv()) {
          csv(field, forced[i]);
        } else {
          text(field);
        }
      }
      return finished();
    }

    private boolean isCsv() {
      return options.format() == CopyOptions.Format.CSV;
    }

    private void separate(int index) {
      if (index > 0) {
        out.append(options.delimiter());
      }
    }

    private byte[] finished() {
      return out.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void text(CharSequence value) {
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        switch (c) {
          case '\\' -> out.append("\\\\");
          case '\b' -> out.append("\\b");
          case '\f' -> out.append("\\f");
          case '\n' -> out.append("\\n");
          case '\r' -> out.append("\\r");
          case '\t' -> out.append("\\t");
          case '\u000b' -> out.append("\\v");
          default -> {
            if (c == options.delimiter()) {
              out.append('\\');
            }
            out.append(c);
          }
        }
      }
    }

    private void csv(CharSequence value, boolean force) {
      if (!force && !needsQuotes(value)) {
        out.append(value);
        return;
      }
      out.append(options.quote());
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c == options.quote() || c == options.escape()) {
          out.append(options.escape());
        }
        out.append(c);
      }
      out.append(options.quote());
    }

    private boolean needsQuotes(CharSequence value) {
      if (options.nullText().contentEquals(value)
          || (types.length == 1 && "\\.".contentEquals(value))) {
        return true;
      }
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c == options.delimiter() || c == options.quote() || c == '\n' || c == '\r') {
          return true;
        }
      }
      return false;
    }
  }
}
