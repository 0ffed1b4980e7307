package io.omendb.jobs.txn;

import io.omendb.jobs.memory.MemoryBudget;
import io.omendb.jobs.memory.MemoryShare;
import java.util.function.LongSupplier;

/**
 * Limits of a {@link TransactionCoordinator}.
 *
 * @param queuedRequestsMax commits waiting for the log; above it, committers wait
 * @param groupRequestsMax commits synced together
 * @param groupBytesMax bytes synced together (one larger commit goes alone)
 * @param lockTimeoutMs how long a row or table lock is awaited; 0 for ever
 * @param transactionMemory what all open transactions' writes share
 * @param diskReserveBytes where the log's disk has less free, commits with writes are refused
 * @param recentKeysMax keys whose newest CSN is remembered for older snapshots
 * @param cutIntervalMs time between lake cuts while something changed; 0 for none by time
 * @param cutBytes bytes of commits between lake cuts; 0 for none by size
 * @param epochCheckIntervalMs how old the last look at the log's epoch may be when a snapshot is
 *     handed out
 * @param clockMicros microseconds since 1970 UTC
 */
public record CoordinatorOptions(
    int queuedRequestsMax,
    int groupRequestsMax,
    long groupBytesMax,
    long lockTimeoutMs,
    MemoryShare transactionMemory,
    long diskReserveBytes,
    int recentKeysMax,
    long cutIntervalMs,
    long cutBytes,
    long epochCheckIntervalMs,
    LongSupplier clockMicros) {

  /** A remembered key takes about 150 bytes; all of them at most a sixteenth of the heap. */
  private static final int HEAP_BYTES_PER_RECENT_KEY = 16 * 150;

  /** For a server of this JVM's heap. */
  public static CoordinatorOptions defaults() {
    long heap = Runtime.getRuntime().maxMemory();
    return new CoordinatorOptions(
        4096,
        1024,
        8L << 20,
        0,
        MemoryBudget.ofProcess().share(MemoryBudget.Kind.TRANSACTIONS),
        0,
        (int) Math.min(2_000_000, heap / HEAP_BYTES_PER_RECENT_KEY),
        10_000,
        64L << 20,
        1000,
        CoordinatorOptions::systemMicros);
  }

  private static long systemMicros() {
    java.time.Instant now = java.time.Instant.now();
    return now.getEpochSecond() * 1_000_000L + now.getNano() / 1000;
  }

  public CoordinatorOptions withLockTimeoutMs(long newLockTimeoutMs) {
    return new CoordinatorOptions(
        queuedRequestsMax,
        groupRequestsMax,
        groupBytesMax,
        newLockTimeoutMs,
        transactionMemory,
        diskReserveBytes,
        recentKeysMax,
        cutIntervalMs,
        cutBytes,
        epochCheckIntervalMs,
        clockMicros);
  }

  public CoordinatorOptions withTransactionMemory(MemoryShare newTransactionMemory) {
    return new CoordinatorOptions(
        queuedRequestsMax,
        groupRequestsMax,
        groupBytesMax,
        lockTimeoutMs,
        newTransactionMemory,
        diskReserveBytes,
        recentKeysMax,
        cutIntervalMs,
        cutBytes,
        epochCheckIntervalMs,
        clockMicros);
  }

  public CoordinatorOptions withDiskReserveBytes(long newDiskReserveBytes) {
    return new CoordinatorOptions(
        queuedRequestsMax,
        groupRequestsMax,
        groupBytesMax,
        lockTimeoutMs,
        transactionMemory,
        newDiskReserveBytes,
        recentKeysMax,
        cutIntervalMs,
        cutBytes,
        epochCheckIntervalMs,
        clockMicros);
  }

  /** Cuts by time and size; 0 and 0 leave only those that are asked for. */
  public CoordinatorOptions withCuts(long newCutIntervalMs, long newCutBytes) {
    return new CoordinatorOptions(
        queuedRequestsMax,
        groupRequestsMax,
        groupBytesMax,
        lockTimeoutMs,
        transactionMemory,
        diskReserveBytes,
        recentKeysMax,
        newCutIntervalMs,
        newCutBytes,
        epochCheckIntervalMs,
        clockMicros);
  }
}
