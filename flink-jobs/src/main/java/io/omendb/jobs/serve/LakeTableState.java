package io.omendb.jobs.serve;

import org.jspecify.annotations.Nullable;

/**
 * How a table stands in the lake: the CSN that the lake's table is the state at (-1 before the
 * first cut), the cut that is under way (-1 for none), how much of the log the lake has not got,
 * and what keeps it from going on.
 */
public record LakeTableState(
    int tableId,
    String namespace,
    String name,
    String identifier,
    long lakeCsn,
    long outstandingCut,
    long behindBytes,
    @Nullable Trouble trouble) {

  /**
   * A failure that is tried again: its class, what it says, what to do, since when it lasts, and
   * how often it was tried.
   */
  public record Trouble(
      String reason, String message, String advice, long sinceMicros, long attempts) {}
}
