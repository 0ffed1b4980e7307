package io.omendb.jobs.serve.shard;

/**
 * That a table's lake snapshot {@code snapshotId} is the state at {@code cutCsn}, as the log says
 * at {@code publishedCsn}. A reader at S may use it where {@code publishedCsn} is at most S.
 */
public record PublishedCut(
    int tableId, long publishedCsn, long cutCsn, long snapshotId, String locationFile) {}
