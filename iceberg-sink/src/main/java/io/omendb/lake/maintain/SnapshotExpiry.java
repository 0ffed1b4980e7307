package io.omendb.lake.maintain;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.commit.CutSummary;
import io.omendb.lake.write.LocationFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old cuts. What stays: the current snapshot, every cut newer than the oldest needed CSN,
 * and the newest one at or below it, since that is what a reader at that CSN reads. A cut's
 * location file goes with its snapshot: a store that is at a retained cut needs those of later cuts
 * only.
 */
public final class SnapshotExpiry {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotExpiry.class);

  private final Table table;

  public SnapshotExpiry(Table table) {
    this.table = table;
  }

  /** See {@code LakeTable.expire}. */
  public void expire(long oldestNeededCsn) {
    table.refresh();
    List<Snapshot> expired = new ArrayList<>();
    boolean neededFound = false;
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (neededFound) {
        expired.add(snapshot);
      } else {
        Optional<CutSummary> cut = CutSummary.of(snapshot);
        neededFound = cut.isPresent() && cut.get().csn() <= oldestNeededCsn;
      }
    }
    if (expired.isEmpty()) {
      return;
    }
    List<String> locationFiles = new ArrayList<>();
    expired.forEach(snapshot -> locationFiles.addAll(locationFilesOf(snapshot)));
    // By id only: by default Iceberg also drops by age, whoever may still need the snapshot.
    ExpireSnapshots expiry = table.expireSnapshots().expireOlderThan(0);
    expired.forEach(snapshot -> expiry.expireSnapshotId(snapshot.snapshotId()));
    expiry.commit();
    locationFiles.forEach(this::deleteQuietly);
  }

  private List<String> locationFilesOf(Snapshot snapshot) {
    String path = CutSummary.of(snapshot).map(CutSummary::locationFile).orElse("");
    if (path.isEmpty()) {
      return List.of();
    }
    try {
      return LocationFile.filesOf(table.io(), path);
    } catch (LakeException e) {
      if (e.reason() == Reason.MISSING_FILE) {
        return List.of();
      }
      throw e;
    }
  }

  /** A file that stays behind is an orphan: harmless, and it must not stop what comes after. */
  private void deleteQuietly(String path) {
    try {
      table.io().deleteFile(path);
    } catch (RuntimeException e) {
      LOG.warn("Could not delete {} of an expired cut", path, e);
    }
  }
}
