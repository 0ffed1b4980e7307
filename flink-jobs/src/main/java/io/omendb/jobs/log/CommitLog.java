package io.omendb.jobs.log;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable, ordered log of commits: one appender (the coordinator's thread), any number of
 * readers. Opening it takes the next epoch and fences every older appender, whose appends then fail
 * with {@code OBJECT_NOT_IN_PREREQUISITE_STATE}.
 *
 * <p>Positions are byte offsets that only rise over the log's life, segments or not.
 */
public interface CommitLog extends AutoCloseable {

  long epoch();

  /**
   * Appends a group and returns the position after it once all of it is durable. A failure poisons
   * the log and is an {@link io.omendb.jobs.OmenException}: TRANSACTION_RESOLUTION_UNKNOWN if part
   * of the group may be in the log, any other code if nothing is. Two poison nothing, and later
   * groups are tried again: PROGRAM_LIMIT_EXCEEDED, for a record that is too large, and DISK_FULL.
   */
  long append(List<LogRecord> group) throws IOException;

  /** Whether it is known that a newer appender has taken the log over; costs a volatile read. */
  boolean isFenced();

  /**
   * Finds out, by a look at where the epoch is stored, whether a newer appender has taken the log
   * over; OBJECT_NOT_IN_PREREQUISITE_STATE if so.
   */
  void verifyEpoch() throws IOException;

  /** Bytes that are free where the log is kept. */
  long usableBytes() throws IOException;

  /** Position of the oldest kept record. */
  long beginPosition();

  /** Position after the newest durable record. */
  long endPosition();

  /**
   * Reads from {@code position}; a trimmed position is a named error. Sees records as they become
   * durable.
   */
  LogReader read(long position) throws IOException;

  /**
   * Allows segments wholly before {@code position} to be deleted. What they say apart from rows is
   * kept beside the log.
   *
   * @param known asked only where what was kept is lost: a state at or after {@code position}
   */
  void trim(long position, StateSource known) throws IOException;

  /** The same where there is no other knowledge. */
  default void trim(long position) throws IOException {
    trim(position, () -> null);
  }

  /** Gives the log's state at some position; null where that is not known. */
  interface StateSource {
    @Nullable LogState state() throws IOException;
  }

  @Override
  void close() throws IOException;
}
