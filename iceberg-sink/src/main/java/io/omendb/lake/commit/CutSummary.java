package io.omendb.lake.commit;

import io.omendb.lake.LakeTable.LakeCut;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;

/**
 * What a snapshot's summary says about the cut it is. A snapshot without {@link #CSN} is foreign.
 *
 * @param parentCsn the CSN of the cut before, -1 for the first
 */
public record CutSummary(long csn, long epoch, int tableId, long parentCsn, String locationFile) {

  public static final String CSN = "omendb.csn";
  public static final String EPOCH = "omendb.epoch";
  public static final String TABLE_ID = "omendb.table-id";
  public static final String PARENT_CSN = "omendb.parent-csn";
  public static final String LOCATION_FILE = "omendb.location-file";

  /** Empty for a snapshot that is not a cut. */
  public static Optional<CutSummary> of(Snapshot snapshot) {
    Map<String, String> summary = snapshot.summary();
    if (summary == null || !summary.containsKey(CSN)) {
      return Optional.empty();
    }
    return Optional.of(
        new CutSummary(
            Long.parseLong(summary.get(CSN)),
            Long.parseLong(summary.getOrDefault(EPOCH, "0")),
            Integer.parseInt(summary.getOrDefault(TABLE_ID, "-1")),
            Long.parseLong(summary.getOrDefault(PARENT_CSN, "-1")),
            summary.getOrDefault(LOCATION_FILE, "")));
  }

  /** The cut that the snapshot is; empty for a foreign one. */
  public static Optional<LakeCut> cutOf(Snapshot snapshot) {
    return of(snapshot).map(summary -> summary.asCutOf(snapshot.snapshotId()));
  }

  LakeCut asCutOf(long snapshotId) {
    return new LakeCut(csn, epoch, snapshotId, locationFile);
  }

  <T extends SnapshotUpdate<T>> T writeTo(T update) {
    update.set(CSN, Long.toString(csn));
    update.set(EPOCH, Long.toString(epoch));
    update.set(TABLE_ID, Integer.toString(tableId));
    update.set(PARENT_CSN, Long.toString(parentCsn));
    return update.set(LOCATION_FILE, locationFile);
  }
}
