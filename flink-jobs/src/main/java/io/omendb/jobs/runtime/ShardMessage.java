package io.omendb.jobs.runtime;

import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import java.util.List;

/**
 * What flows from the source to the shards. Rows go to the shard that they belong to; everything
 * else goes once to every shard, so that a subtask gets it as often as it has shards and must take
 * it as said once. The watermark of a record's CSN follows when all of its messages are sent.
 */
sealed interface ShardMessage {

  int shard();

  /** The CSN of the log record that this is part of. */
  long csn();

  /** Some of a commit's row changes, in commit order, all of {@code shard}. */
  record Rows(int shard, long csn, List<RowChange> changes) implements ShardMessage {}

  /** A table was created, dropped or truncated. */
  record Ddl(int shard, long csn, LogRecord.Change change) implements ShardMessage {}

  /** {@code epoch} is that of the coordinator that runs now, whoever logged the cut. */
  record Cut(int shard, long csn, long epoch, List<Integer> tableIds) implements ShardMessage {}

  record Published(int shard, LakePublished record) implements ShardMessage {
    @Override
    public long csn() {
      return record.csn();
    }
  }

  /**
   * Rows that a table begins with, all of {@code shard}, as of {@code csn}; their locations are of
   * the lake's {@code cutCsn}.
   */
  record LakeRows(int shard, long csn, int tableId, long cutCsn, List<LakeRow> rows)
      implements ShardMessage {}

  /** One of them; all encoded. */
  record LakeRow(byte[] key, byte[] row, byte[] location) {}

  /** All rows that a table begins with were sent: they are that cut of it, with its locations. */
  record Located(int shard, LakePublished record) implements ShardMessage {
    @Override
    public long csn() {
      return record.csn();
    }
  }
}
