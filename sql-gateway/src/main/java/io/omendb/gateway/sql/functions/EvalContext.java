package io.omendb.gateway.sql.functions;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * What functions may ask of the statement that calls them. Times are microseconds since 1970 UTC.
 * Used by the statement's thread only, unless {@link #frozen()}.
 */
public interface EvalContext {

  ZoneId zone();

  /** now(): when the transaction began. */
  long transactionMicros();

  /** statement_timestamp(). */
  long statementMicros();

  /** clock_timestamp(). */
  long clockMicros();

  String user();

  String database();

  String schema();

  int backendProcessId();

  /** The transaction's id, for txid_current(). */
  long transactionId();

  /** current_setting(); null where there is no such setting. */
  @Nullable String setting(String name);

  /** Catalog questions that functions such as format_type, regclass casts or pg_get_expr ask. */
  CatalogLookup catalog();

  /**
   * The same answers as of now, from an object that reaches nothing of the live session: threads
   * may share it while the statement runs. Made on the statement's thread.
   */
  EvalContext frozen();
}
