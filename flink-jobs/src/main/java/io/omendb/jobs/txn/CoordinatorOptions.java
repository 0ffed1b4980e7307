package io.omendb.jobs.txn;

import java.util.function.LongSupplier;

/**
 * Limits of a {@link TransactionCoordinator}.
 *
 * @param queuedRequestsMax commits waiting for the log; above it, committers wait
 * @param groupRequestsMax commits synced together
 * @param groupBytesMax bytes synced together (one larger commit goes alone)
 * @param lockTimeoutMs how long a row or table lock is awaited; 0 for ever
 * @param transactionBytesMax memory of one transaction's writes
 * @param allTransactionsBytesMax memory of all open transactions' writes
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
    long transactionBytesMax,
    long allTransactionsBytesMax,
    int recentKeysMax,
    long cutIntervalMs,
    long cutBytes,
    long epochCheckIntervalMs,
    LongSupplier clockMicros) {

  /** For a server of this JVM's heap. */
  public static CoordinatorOptions defaults() {
    long heap = Runtime.getRuntime().maxMemory();
    return new CoordinatorOptions(
        4096,
        1024,
        8L << 20,
        0,
        Math.max(32L << 20, heap / 4),
        Math.max(64L << 20, heap / 3),
        2_000_000,
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
        transactionBytesMax,
        allTransactionsBytesMax,
        recentKeysMax,
        cutIntervalMs,
        cutBytes,
        epochCheckIntervalMs,
        clockMicros);
  }

  public CoordinatorOptions withTransactionBytesMax(long newTransactionBytesMax) {
    return new CoordinatorOptions(
        queuedRequestsMax,
        groupRequestsMax,
        groupBytesMax,
        lockTimeoutMs,
        newTransactionBytesMax,
        allTransactionsBytesMax,
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
        transactionBytesMax,
        allTransactionsBytesMax,
        recentKeysMax,
        newCutIntervalMs,
        newCutBytes,
        epochCheckIntervalMs,
        clockMicros);
  }
}
