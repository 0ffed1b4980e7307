package io.omendb.gateway.session;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What portals have in common. Closed at the latest when its transaction ends. */
abstract class OmenPortal implements Portal {
  protected final OmenSession session;
  protected final CancelToken cancel = new CancelToken();
  private @Nullable RowSource rows;

  OmenPortal(OmenSession session) {
    this.session = session;
  }

  @Override
  public Kind kind() {
    return Kind.STATEMENT;
  }

  @Override
  public @Nullable List<ResultColumn> resultColumns() {
    return null;
  }

  @Override
  public @Nullable Completion tryExecute(RowSink sink) {
    return null;
  }

  @Override
  public Completion execute(int rowsMax, RowSink sink) {
    return shown(session.run(cancel, () -> run(rowsMax, sink)));
  }

  /** Without the notices that client_min_messages leaves out. */
  private Completion shown(Completion completion) {
    if (completion.notices().isEmpty()) {
      return completion;
    }
    String least = session.setting("client_min_messages");
    return switch (least) {
      case "error" -> new Completion(completion.tag(), List.of());
      case "warning" ->
          new Completion(
              completion.tag(),
              completion.notices().stream()
                  .filter(notice -> notice.level() == Notice.Level.WARNING)
                  .toList());
      default -> completion;
    };
  }

  /** Runs, on the statement's thread, inside the session's error handling. */
  abstract Completion run(int rowsMax, RowSink sink);

  @Override
  public CopyIn copyIn() {
    throw new OmenException(ErrorCode.PROTOCOL_VIOLATION, "the statement takes no COPY data");
  }

  /** The rows in progress. */
  @Nullable RowSource rows() {
    return rows;
  }

  /** Takes rows that are read in pieces; they end with the transaction. */
  RowSource keep(RowSource opened) {
    rows = opened;
    session.block().addDependent(this);
    return opened;
  }

  @Override
  public boolean closeMayWait() {
    return rows != null;
  }

  @Override
  public void close() {
    RowSource open = rows;
    rows = null;
    if (open != null) {
      session.block().removeDependent(this);
      open.close();
    }
  }
}
