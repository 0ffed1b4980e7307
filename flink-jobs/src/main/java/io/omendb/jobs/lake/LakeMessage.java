package io.omendb.jobs.lake;

import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import org.jspecify.annotations.Nullable;

/**
 * What flows from the shards to the lake's publisher. {@link Ensure}, {@link Drop} and {@link
 * Expire} come from the subtask of shard 0 only, in log order; a {@link Share} comes from every
 * subtask.
 */
public sealed interface LakeMessage {

  /** The table as it was when this was sent; says under which name the lake has it. */
  TableSchema table();

  /** The lake is to have this table. */
  record Ensure(TableSchema table) implements LakeMessage {}

  /** The lake is to have it no longer. */
  record Drop(TableSchema table) implements LakeMessage {}

  /** No reader and no checkpoint needs cuts of this table older than {@code oldestNeededCsn}. */
  record Expire(TableSchema table, long oldestNeededCsn) implements LakeMessage {}

  /**
   * What subtask {@code subtask} of {@code subtaskCount} wrote for a cut; null {@code files} where
   * the lake had the cut already. {@code parentCsn} is the table's cut before, -1 for none.
   */
  record Share(
      TableSchema table,
      long cutCsn,
      long epoch,
      long parentCsn,
      int subtask,
      int subtaskCount,
      @Nullable CutFiles files)
      implements LakeMessage {}
}
