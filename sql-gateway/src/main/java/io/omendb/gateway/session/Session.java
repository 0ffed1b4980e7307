package io.omendb.gateway.session;

import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One client's session. Confined to one thread at a time, except {@link #cancel()}. Errors are
 * {@link io.omendb.jobs.OmenException}; an error inside a transaction block has set {@link
 * #status()} to FAILED when it is thrown.
 */
public interface Session extends AutoCloseable {

  /** What ReadyForQuery reports. */
  enum Status {
    IDLE,
    IN_TRANSACTION,
    FAILED
  }

  Status status();

  /** Splits and parses a query string; empty for an empty query. Does not look at the catalog. */
  List<ParsedStatement> parse(String sql);

  /**
   * Plans a statement. {@code parameterOids} gives the types that the client declared, 0 where it
   * declared none; missing ones are inferred. In a failed transaction only COMMIT and ROLLBACK are
   * accepted (25P02).
   */
  PreparedStatement prepare(ParsedStatement statement, int[] parameterOids);

  /**
   * Makes an executable portal; {@code parameters} are datums of {@link
   * PreparedStatement#parameterTypes()}.
   */
  Portal bind(PreparedStatement statement, List<@Nullable Object> parameters);

  /**
   * As {@link #bind}, for network threads; null where a thread that may wait has to do it: because
   * the statement must be planned anew, the database does not serve now, or it fails.
   */
  @Nullable Portal tryBind(PreparedStatement statement, List<@Nullable Object> parameters);

  /**
   * The end of an implicit transaction: after each simple-protocol query string and at every Sync.
   * Commits what ran outside a transaction block, or rolls it back where {@code failed}. May block
   * on the commit, see {@link #endMayBlock}.
   */
  void endImplicitTransaction(boolean failed);

  /**
   * Whether {@link #endImplicitTransaction} may block. False after point reads that {@link
   * Portal#tryExecute} answered: then it may be called on a network thread.
   */
  default boolean endMayBlock() {
    return true;
  }

  /**
   * Starts what {@link #endImplicitTransaction endImplicitTransaction(false)} does, without waiting
   * for it; null, and nothing has happened, where only a thread that may wait can do it. When the
   * future is done, {@link #finishImplicitCommit} follows, and nothing else before.
   */
  default @Nullable CompletableFuture<?> startImplicitCommit() {
    return null;
  }

  /** The commit that was started is done; throws why where it failed. */
  default void finishImplicitCommit(CompletableFuture<?> commit) {}

  /** Fails the transaction block, if one is open, of an error that the session did not meet. */
  void fail();

  /** How long the client may be silent, as {@link #status} is now; 0 for as long as it likes. */
  default long idleTimeoutMs() {
    return 0;
  }

  /** The value of a setting as SHOW prints it. */
  String setting(String name);

  /** The setting TimeZone, for the text form of timestamptz. */
  default ZoneId timeZone() {
    return ZoneId.of(setting("TimeZone"));
  }

  /** Called for each setting that a client must be told of (ParameterStatus) when it changes. */
  void onSettingChanged(SettingListener listener);

  /** Ends the running statement with QUERY_CANCELED, if one runs. Any thread. */
  void cancel();

  /** Rolls back and frees everything. */
  @Override
  void close();

  /** Told of a changed, reported setting. */
  interface SettingListener {
    void settingChanged(String name, String value);
  }
}
