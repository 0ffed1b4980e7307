package io.omendb.lake.commit;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable.LakeCut;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/**
 * The table's current snapshot as the committer sees it: none, or a cut. Anything else refuses.
 *
 * @param snapshot null for an empty table, as is {@code summary}
 */
record Head(Table table, @Nullable Snapshot snapshot, @Nullable CutSummary summary) {

  /** Of the metadata as last refreshed; throws FOREIGN_SNAPSHOT. */
  static Head of(Table table, int tableId) {
    Snapshot head = table.currentSnapshot();
    if (head == null) {
      return new Head(table, null, null);
    }
    Optional<CutSummary> summary = CutSummary.of(head);
    if (summary.isEmpty() || summary.get().tableId() != tableId) {
      throw foreign(table, head);
    }
    return new Head(table, head, summary.get());
  }

  private static LakeException foreign(Table table, Snapshot head) {
    String lastOwn = "no snapshot of OmenDB is left";
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      Optional<CutSummary> summary = CutSummary.of(snapshot);
      if (summary.isPresent()) {
        lastOwn =
            "OmenDB's last snapshot is %d (%s %d)"
                .formatted(snapshot.snapshotId(), CutSummary.CSN, summary.get().csn());
        break;
      }
    }
    return new LakeException(
        Reason.FOREIGN_SNAPSHOT,
        "snapshot %d (%s) of lake table %s was committed by somebody else; %s. Publishing of this table stops: roll the table back to that snapshot with any Iceberg tool; publishing then goes on"
            .formatted(head.snapshotId(), head.operation(), table.name(), lastOwn));
  }

  long snapshotId() {
    return snapshot == null ? -1 : snapshot.snapshotId();
  }

  /**
   * The cut {@code cutCsn} where the lake has it. Throws NEWER_EPOCH to a zombie, CUT_EXPIRED where
   * the lake went past the cut and its snapshot is not there.
   */
  Optional<LakeCut> adoptable(long cutCsn, long epoch) {
    CutSummary current = summary;
    if (current == null) {
      return Optional.empty();
    }
    if (current.epoch() > epoch) {
      throw new LakeException(
          Reason.NEWER_EPOCH,
          "lake table %s was written by epoch %d, this committer is of epoch %d and stops"
              .formatted(table.name(), current.epoch(), epoch));
    }
    if (current.csn() < cutCsn) {
      return Optional.empty();
    }
    for (Snapshot ancestor : SnapshotUtil.currentAncestors(table)) {
      Optional<LakeCut> cut = CutSummary.cutOf(ancestor);
      if (cut.isPresent() && cut.get().csn() == cutCsn) {
        return cut;
      }
    }
    throw new LakeException(
        Reason.CUT_EXPIRED,
        "lake table %s is at CSN %d and has no cut %d any more"
            .formatted(table.name(), current.csn(), cutCsn));
  }

  /** Throws PARENT_MISMATCH unless the head is the cut {@code parentCsn} (-1: none). */
  void checkIsParent(long parentCsn) {
    long csn = summary == null ? -1 : summary.csn();
    if (csn != parentCsn) {
      throw new LakeException(
          Reason.PARENT_MISMATCH,
          "lake table %s is at CSN %d, expected %d: the store is not of this lake's history"
              .formatted(table.name(), csn, parentCsn));
    }
  }
}
