package io.omendb.jobs.serve;

import io.omendb.jobs.table.Catalog;
import org.jspecify.annotations.Nullable;

/**
 * A running database as a gateway sees it: the coordinator's transactions over the runtime job's
 * table state. Thread-safe. Embedded it is a direct call into the job's objects in the same JVM.
 */
public interface Database extends AutoCloseable {

  /** The catalog at {@link #durableCsn()}. */
  Catalog catalog();

  /** As {@link #catalog()}; null, instead of waiting, where the database does not serve now. */
  default @Nullable Catalog tryCatalog() {
    return catalog();
  }

  /** As {@link #begin()}; null where a thread that may wait has to do it. */
  default @Nullable Transaction tryBegin() {
    return begin();
  }

  /** The newest durable CSN: what a snapshot taken now reads. */
  long durableCsn();

  /** Opens a transaction whose snapshot is the newest durable CSN; its lease is held from here. */
  Transaction begin();

  /**
   * Asks for a lake cut now and returns its CSN, without waiting for the lake; the newest cut's if
   * nothing changed since.
   */
  long requestCut();

  /** The CSN that the lake has for that table; -1 before its first cut. */
  long lakeCsn(int tableId);

  @Override
  void close();
}
