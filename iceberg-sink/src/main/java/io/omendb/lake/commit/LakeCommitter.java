package io.omendb.lake.commit;

import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.delete.LiveFiles;
import io.omendb.lake.delete.LiveFilesCache;
import io.omendb.lake.delete.PositionalDeletes;
import io.omendb.lake.write.CutShare;
import io.omendb.lake.write.LocationFile;
import io.omendb.lake.write.LocationSegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a table from its parent cut to the next.
 *
 * <ol>
 *   <li>Look: a head that is the cut, or came after it, is adopted ({@link Head}).
 *   <li>Write delete files on top of the head's, and the location file.
 *   <li>Commit one row delta that is valid on exactly this head only.
 *   <li>Outcome unknown, or head moved: look again. A commit that arrives late finds its head gone,
 *       so looking, and committing again where nothing is there, cannot publish a cut twice.
 * </ol>
 *
 * One committer per table at a time is expected, not needed: of two the catalog lets one win, and
 * the other adopts or refuses. Confined to one thread.
 */
public final class LakeCommitter {

  private static final Logger LOG = LoggerFactory.getLogger(LakeCommitter.class);
  private static final int ATTEMPTS_MAX = 5;

  private final Table table;
  private final int tableId;
  private final LiveFilesCache known;

  /**
   * @param known live files per table UUID, left here by the table's last committer and taken out
   *     while one works, so that a committer made anew for each cut need not walk the metadata
   */
  public LakeCommitter(Table table, int tableId, LiveFilesCache known) {
    this.table = table;
    this.tableId = tableId;
    this.known = known;
  }

  /** See {@code LakeTable.commit}. */
  public LakeCut commit(long cutCsn, long epoch, long parentCsn, List<CutFiles> files) {
    List<CutShare> shares = decode(cutCsn, files);
    Prepared prepared = null;
    RuntimeException failure = null;
    for (int attempt = 0; ; attempt++) {
      try {
        table.refresh();
        Head head = Head.of(table, tableId);
        Optional<LakeCut> adopted = head.adoptable(cutCsn, epoch);
        if (adopted.isPresent()) {
          keepIfOurs(adopted.get(), prepared);
          return adopted.get();
        }
        head.checkIsParent(parentCsn);
        if (attempt == ATTEMPTS_MAX) {
          break;
        }
        if (prepared == null || prepared.headId() != head.snapshotId()) {
          prepared = prepare(cutCsn, epoch, parentCsn, shares, head.snapshot());
        }
        publish(prepared);
      } catch (CommitStateUnknownException e) {
        LOG.warn(
            "Outcome of cut {} of {} is unknown, looking: {}", cutCsn, table.name(), causeOf(e));
        failure = e;
      } catch (ValidationException | CommitFailedException e) {
        LOG.warn("Cut {} of {} met another commit, looking: {}", cutCsn, table.name(), causeOf(e));
        failure = e;
      }
    }
    throw new LakeException(
        Reason.OUTCOME_UNKNOWN,
        "cut %d of %s is not in the lake after %d attempts"
            .formatted(cutCsn, table.name(), ATTEMPTS_MAX),
        failure);
  }

  /** The whole failure is the last attempt's cause; until then its first line is enough. */
  private static String causeOf(RuntimeException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse(cause.toString());
  }

  private static List<CutShare> decode(long cutCsn, List<CutFiles> files) {
    List<CutShare> shares = new ArrayList<>();
    for (CutFiles share : files) {
      CutShare decoded = CutShare.decode(share);
      if (decoded.cutCsn() != cutCsn) {
        throw new IllegalArgumentException(
            "expected a share of cut %d, got one of cut %d".formatted(cutCsn, decoded.cutCsn()));
      }
      shares.add(decoded);
    }
    return shares;
  }

  /** Everything that a commit on the head {@code headId} (-1: none) adds and takes away. */
  private record Prepared(
      long headId,
      @Nullable LiveFiles live,
      CutSummary summary,
      List<DataFile> added,
      PositionalDeletes.Change deletes) {}

  private Prepared prepare(
      long cutCsn, long epoch, long parentCsn, List<CutShare> shares, @Nullable Snapshot head) {
    String name = "cut-%020d-%d-%s".formatted(cutCsn, epoch, UUID.randomUUID());
    List<DataFile> added = new ArrayList<>();
    SortedMap<String, long[]> former = new TreeMap<>();
    List<LocationSegment> segments = new ArrayList<>();
    for (CutShare share : shares) {
      added.addAll(share.dataFiles());
      share.formerPositions().forEach((path, some) -> former.merge(path, some, Positions::merge));
      if (share.locations().entryCount() > 0) {
        segments.add(share.locations());
      }
    }
    PositionalDeletes.Change deletes = PositionalDeletes.Change.NONE;
    LiveFiles live = known.take(table.uuid());
    long headId = head == null ? -1 : head.snapshotId();
    if (live != null && live.snapshotId() != headId) {
      live = null;
    }
    if (!former.isEmpty()) {
      live = live == null ? LiveFiles.of(table, head) : live;
      deletes =
          new PositionalDeletes(table)
              .write(former, live, table.locationProvider().newDataLocation(name + "-deletes"));
    }
    String locationFile = "";
    if (!segments.isEmpty()) {
      locationFile = LocationFile.pathOf(table, name + ".locations");
      LocationFile.write(table.io(), locationFile, cutCsn, tableId, segments);
    }
    return new Prepared(
        headId,
        live,
        new CutSummary(cutCsn, epoch, tableId, parentCsn, locationFile),
        added,
        deletes);
  }

  private void publish(Prepared prepared) {
    RowDelta delta = prepared.summary().writeTo(table.newRowDelta());
    prepared.added().forEach(delta::addRows);
    prepared.deletes().added().values().forEach(delta::addDeletes);
    prepared.deletes().replaced().forEach(delta::removeDeletes);
    prepared.deletes().emptied().forEach(delta::removeRows);
    if (prepared.headId() >= 0) {
      delta.validateFromSnapshot(prepared.headId());
    }
    delta
        .validateDataFilesExist(prepared.deletes().added().keySet())
        .validateDeletedFiles()
        .validateWith(ancestors -> isHead(prepared.headId(), ancestors));
    delta.commit();
  }

  private static boolean isHead(long expectedId, Iterable<Snapshot> ancestors) {
    Iterator<Snapshot> newestFirst = ancestors.iterator();
    return newestFirst.hasNext() ? newestFirst.next().snapshotId() == expectedId : expectedId < 0;
  }

  /** After a commit of ours its files are known; after another's they are read anew. */
  private void keepIfOurs(LakeCut cut, @Nullable Prepared prepared) {
    if (prepared == null || prepared.live() == null) {
      return;
    }
    Snapshot head = table.currentSnapshot();
    boolean ours =
        head != null
            && head.snapshotId() == cut.snapshotId()
            && prepared.summary().equals(CutSummary.of(head).orElse(null))
            && Objects.equals(head.parentId(), prepared.headId() < 0 ? null : prepared.headId());
    if (ours) {
      prepared.live().advance(cut.snapshotId(), prepared.added(), prepared.deletes());
      known.keep(table.uuid(), prepared.live());
    }
  }
}
