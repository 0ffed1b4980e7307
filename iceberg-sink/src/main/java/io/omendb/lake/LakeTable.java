package io.omendb.lake;

import java.util.List;
import java.util.Optional;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.jspecify.annotations.Nullable;

/**
 * One lake table and the protocol that brings it from one CSN to the next.
 *
 * <pre>
 *   any number of writers:  newCutWriter(C) .upsert/.delete … .finish() ──▶ CutFiles (serializable)
 *   one committer:          commit(C, epoch, expected parent, all CutFiles) ──▶ LakeCut
 *   the store:              readLocations(LakeCut.locationFile) ──▶ key → location, learned only from here
 *   readers:                scan(snapshotId)
 * </pre>
 */
public interface LakeTable {

  String namespace();

  String name();

  /** The database that the table is of. */
  String databaseId();

  int tableId();

  /** The newest cut in the lake, looked up afresh; empty before the first. */
  Optional<LakeCut> current();

  /**
   * The cut {@code cutCsn} if the lake's retained history has it, looked up afresh: to be adopted
   * instead of exported again.
   */
  Optional<LakeCut> cut(long cutCsn);

  /**
   * A writer of one share of cut {@code cutCsn}. {@code uniqueSuffix} makes its file names unique.
   * Not thread-safe; files of a writer that is closed without {@code finish()} are deleted.
   *
   * @param rowGroupBytesMax rows of about so many bytes are gathered before they are written out
   */
  CutWriter newCutWriter(long cutCsn, String uniqueSuffix, long rowGroupBytesMax);

  /**
   * Commits a cut, once: where the lake is at {@code cutCsn} already its cut is returned and {@code
   * shares} are left to orphan cleaning.
   *
   * @param epoch the coordinator's; a lake that has seen a newer epoch refuses (a zombie committer)
   * @param parentCsn the CSN that the lake must be at (-1: none); anything else refuses, a foreign
   *     snapshot by name
   * @throws LakeException with the reason: PARENT_MISMATCH, FOREIGN_SNAPSHOT, NEWER_EPOCH,
   *     CUT_EXPIRED or OUTCOME_UNKNOWN
   */
  LakeCut commit(long cutCsn, long epoch, long parentCsn, List<CutFiles> shares);

  /** The entries of a published location file, {@code location} null for a deleted key. */
  LocationCursor readLocations(String locationFile);

  /** A scan of one retained snapshot. */
  LakeScan scan(long snapshotId);

  /**
   * Throws FOREIGN_SCHEMA where the files' schema is not exactly that: names, ids and types of
   * columns, and the types of rows.
   */
  void requireColumns(Schema schema, RowType rowType);

  /** How many live rows a snapshot has, by its summary; CORRUPT_FILE where that does not say. */
  long liveRows(long snapshotId);

  /**
   * Expires snapshots older than {@code oldestNeededCsn}'s, never the current one, and deletes what
   * only they needed.
   */
  void expire(long oldestNeededCsn);

  /**
   * A published cut. {@code locationFile} names every (key, location) that changed; it is the empty
   * string, which {@link #readLocations} reads as no entries, where nothing changed.
   */
  record LakeCut(long csn, long epoch, long snapshotId, String locationFile) {}

  /** Writes the changed rows of one cut in one task. */
  interface CutWriter extends AutoCloseable {

    /**
     * The row's new version; {@code former} is where the lake has it now. Keys come sorted within a
     * shard.
     */
    void upsert(int shard, byte[] key, RowData row, @Nullable RowLocation former);

    /**
     * The row is gone; {@code former} is null where the lake never had it (then nothing is
     * written).
     */
    void delete(int shard, byte[] key, @Nullable RowLocation former);

    /** Former locations so far, which are kept to the end. */
    long formerCount();

    CutFiles finish();

    @Override
    void close();
  }

  /** Iterates over a location file; close it. */
  interface LocationCursor extends AutoCloseable {
    boolean next();

    int shard();

    byte[] key();

    @Nullable RowLocation location();

    @Override
    void close();
  }
}
