package io.omendb.gateway.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bound statement that can be executed, in pieces where it returns rows. Confined to its
 * session's thread.
 */
public interface Portal extends AutoCloseable {

  /** As {@link PreparedStatement#resultColumns()}. */
  @Nullable List<ResultColumn> resultColumns();

  /** What the client must do to run it. */
  Kind kind();

  /** How a portal runs. */
  enum Kind {
    /** {@link #execute} does it all. */
    STATEMENT,
    /** COPY FROM STDIN: the client sends data, see {@link #copyIn()}. */
    COPY_IN,
    /**
     * COPY TO STDOUT: rows go to the sink as lines that are encoded already, see {@link
     * RowSink#copyData}.
     */
    COPY_OUT
  }

  /**
   * Runs without blocking where that is possible now (a point read whose shard is ready), giving
   * all rows to the sink; null where it is not, and then nothing has happened. Allowed on a network
   * thread.
   */
  @Nullable Completion tryExecute(RowSink sink);

  /**
   * Runs, or goes on, for at most {@code rowsMax} rows (0: all). Blocks: never on a network thread.
   */
  Completion execute(int rowsMax, RowSink sink);

  /** Takes the data of COPY FROM STDIN. */
  CopyIn copyIn();

  /** Whether {@link #close()} may wait, since rows are being read: then not on a network thread. */
  default boolean closeMayWait() {
    return true;
  }

  @Override
  void close();

  /**
   * How an execution ended. {@code tag} is the CommandComplete tag ("SELECT 3", "INSERT 0 1",
   * "BEGIN"), null where the portal was suspended; the empty string stands for EmptyQueryResponse.
   * Notices are sent before it.
   */
  record Completion(@Nullable String tag, List<Notice> notices) {
    public static final Completion SUSPENDED = new Completion(null, List.of());

    public static Completion of(String tag) {
      return new Completion(tag, List.of());
    }
  }

  /**
   * Receives rows; blocks where the client does not keep up (never from {@link #tryExecute}, whose
   * rows are few).
   */
  interface RowSink {

    /** One row of datums, one per result column; the array may be reused by the caller. */
    void row(@Nullable Object[] datums);

    /** One CopyData message's bytes, COPY_OUT only. */
    void copyData(byte[] bytes);
  }

  /** The receiving side of COPY FROM STDIN. */
  interface CopyIn {

    /** Columns expected. */
    int columnCount();

    /** Any piece of the stream, cut anywhere; may block. */
    void data(byte[] bytes, int offset, int length);

    /** The end: everything is inserted when this returns. */
    Completion finish();

    /** The client gave up or the connection broke (57014). */
    void fail(String reason);
  }
}
