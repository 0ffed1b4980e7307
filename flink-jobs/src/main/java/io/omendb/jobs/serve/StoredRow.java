package io.omendb.jobs.serve;

import org.apache.flink.table.data.RowData;

/** A row as stored: its shard, encoded key and columns. {@code row} must not be changed. */
public record StoredRow(int shard, byte[] key, RowData row) {}
