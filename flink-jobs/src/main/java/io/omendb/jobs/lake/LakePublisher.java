package io.omendb.jobs.lake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.LakeCut;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the lake's tables to each cut; one per database.
 *
 * <pre>
 *   subtask 0 … n-1 ──Share(table, C)──▶ commit when all n are here ──▶ coordinator: LAKE_PUBLISHED
 *   subtask of shard 0 ──Ensure, Drop, Expire──▶ catalog
 * </pre>
 *
 * <p>Of each table name only what is still to be done is kept, the newest of each kind: which table
 * the lake is to have, which it is not to have any more, one cut, one expiry. So what a lake that
 * is away holds up is bounded by the tables, and the cuts by {@link LakeMemory}, which counts them.
 * Whatever fails is tried again until it succeeds, name by name, and reported meanwhile; a table
 * that cannot be published holds up no other.
 *
 * <p>Nothing is kept in Flink's state: what was not published when a job fails is asked for again
 * from the log, and a cut that the lake has already is taken from it.
 *
 * <p>{@link #offer} is called by the task thread and never waits for the lake; everything else is
 * confined to the thread of {@link LakeTurns}.
 */
final class LakePublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakePublisher.class);
  private static final long RETRY_MIN_MS = 100;

  /** Ids of dropped tables of which late shares are told; ids rise, so the newest matter. */
  private static final int DROPPED_REMEMBERED_MAX = 4_096;

  /** Of a share besides what was written. */
  private static final long SHARE_BYTES = 256;

  private static final long NONE = -1;

  private record TableName(String namespace, String name) {
    static TableName of(TableSchema table) {
      return new TableName(table.namespace(), table.name());
    }
  }

  /** What is to be done for one name, in this order. */
  private static final class Work extends LakeTurns.Work {
    final TableName table;

    /** Tables of this name up to that id are to go; -1 for none. */
    int dropThrough = -1;

    /** The table that the lake is to have; null where it is known to have it, or none. */
    @Nullable TableSchema ensure;

    /** Shares of the newest cut, by subtask; to be committed when all are here. */
    private final Map<Integer, LakeMessage.Share> shares = new HashMap<>();

    private final LakeMemory memory;

    @Nullable TableSchema expire;
    long expireBelow = NONE;

    Work(TableName table, LakeMemory memory) {
      super(RETRY_MIN_MS);
      this.table = table;
      this.memory = memory;
    }

    void put(LakeMessage.Share share) {
      let(shares.put(share.subtask(), share));
      memory.hold(share.table().tableId(), bytesOf(share));
    }

    List<LakeMessage.Share> shares() {
      return List.copyOf(shares.values());
    }

    void letSharesOf(int tableId) {
      for (LakeMessage.Share share : shares()) {
        if (share.table().tableId() == tableId) {
          shares.remove(share.subtask());
          let(share);
        }
      }
    }

    void letShares() {
      shares().forEach(this::let);
      shares.clear();
    }

    private void let(LakeMessage.@Nullable Share share) {
      if (share != null) {
        memory.release(share.table().tableId(), bytesOf(share));
      }
    }

    private static long bytesOf(LakeMessage.Share share) {
      CutFiles files = share.files();
      return SHARE_BYTES + (files == null ? 0 : files.encoded().length);
    }

    @Override
    String name() {
      return LakeSchemas.identifier(table.namespace(), table.name());
    }

    long cutCsn() {
      return shares.isEmpty() ? NONE : shares.values().iterator().next().cutCsn();
    }

    boolean isComplete() {
      return !shares.isEmpty() && shares.size() == shares.values().iterator().next().subtaskCount();
    }

    @Override
    boolean hasStep() {
      return dropThrough >= 0 || ensure != null || isComplete() || expire != null;
    }

    @Override
    boolean isIdle() {
      return !hasStep() && shares.isEmpty();
    }
  }

  private final LakeOptions options;
  private final LakeReports.Finder reports;
  private final SharedLake lake;
  private final LakeMemory memory = LakeMemory.ofProcess();
  private final LakeTurns<TableName, Work> turns;

  @GuardedBy("turns")
  private final Map<Integer, Boolean> dropped =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
          return size() > DROPPED_REMEMBERED_MAX;
        }
      };

  LakePublisher(LakeOptions options, LakeReports.Finder reports, MailboxExecutor mailbox) {
    this.options = options;
    this.reports = reports;
    this.lake = SharedLake.acquire(options.catalog());
    this.turns =
        new LakeTurns<>(
            "publisher",
            "omendb-lake-publisher-" + options.databaseId(),
            options,
            reports,
            mailbox,
            new Steps());
    turns.start();
  }

  /** Takes over what is to be done. Task thread. */
  void offer(LakeMessage message) {
    TableSchema table = message.table();
    synchronized (turns) {
      if (message instanceof LakeMessage.Share && dropped.containsKey(table.tableId())) {
        return;
      }
      TableName name = TableName.of(table);
      Work work = turns.pendingFor(name, () -> new Work(name, memory));
      if (message instanceof LakeMessage.Ensure) {
        work.ensure = table;
      } else if (message instanceof LakeMessage.Drop) {
        drop(work, table);
      } else if (message instanceof LakeMessage.Expire expire) {
        work.expire = table;
        work.expireBelow = expire.oldestNeededCsn();
      } else if (message instanceof LakeMessage.Share share) {
        collect(work, share);
      }
    }
  }

  private static boolean isOf(@Nullable TableSchema table, int tableId) {
    return table != null && table.tableId() == tableId;
  }

  @GuardedBy("turns")
  private void drop(Work work, TableSchema table) {
    int tableId = table.tableId();
    dropped.put(tableId, true);
    work.dropThrough = Math.max(work.dropThrough, tableId);
    if (isOf(work.ensure, tableId)) {
      work.ensure = null;
    }
    if (isOf(work.expire, tableId)) {
      work.expire = null;
    }
    work.letSharesOf(tableId);
    turns.resume(work);
  }

  private static void collect(Work work, LakeMessage.Share share) {
    if (share.cutCsn() < work.cutCsn()) {
      return;
    }
    if (share.cutCsn() > work.cutCsn()) {
      work.letShares();
    }
    work.put(share);
  }

  private final class Steps implements LakeTurns.Owner<Work> {
    @Override
    public LakeTurns.Turn next(Work work) {
      TableSchema ensure = work.ensure;
      TableSchema expire = work.expire;
      if (work.dropThrough >= 0) {
        int tableId = work.dropThrough;
        // Who waits for it is the table that takes the name.
        return new LakeTurns.Turn(
            ensure == null ? -1 : ensure.tableId(), () -> dropThrough(work, tableId));
      } else if (ensure != null) {
        return new LakeTurns.Turn(ensure.tableId(), () -> ensure(work, ensure));
      } else if (work.isComplete()) {
        List<LakeMessage.Share> all = work.shares();
        return new LakeTurns.Turn(all.get(0).table().tableId(), () -> commit(work, all));
      } else if (expire != null) {
        long below = work.expireBelow;
        return new LakeTurns.Turn(expire.tableId(), () -> expire(work, expire, below));
      }
      throw new AssertionError("asked for a step only where there is one");
    }

    @Override
    public boolean isExpected(Work work, LakeException trouble) {
      return false;
    }

    @Override
    public boolean isDropped(Work work, int tableId) {
      synchronized (turns) {
        return dropped.containsKey(tableId);
      }
    }
  }

  private Optional<LakeTable> find(String namespace, String name) {
    return lake.catalog().load(namespace, name);
  }

  private boolean isOurs(LakeTable table) {
    return table.databaseId().equals(options.databaseId());
  }

  private Optional<LakeTable> own(TableSchema table) {
    return find(table.namespace(), table.name())
        .filter(found -> isOurs(found) && found.tableId() == table.tableId());
  }

  private boolean dropThrough(Work work, int through) {
    TableName name = work.table;
    Optional<LakeTable> found = find(name.namespace(), name.name());
    if (found.isPresent() && isOurs(found.get()) && found.get().tableId() <= through) {
      if (LeaseRegistry.isLeased(found.get().tableId())) {
        return false;
      }
      lake.catalog().drop(name.namespace(), name.name());
    }
    synchronized (turns) {
      if (work.dropThrough == through) {
        work.dropThrough = -1;
      }
    }
    return true;
  }

  private boolean ensure(Work work, TableSchema table) {
    Optional<LakeTable> found = find(table.namespace(), table.name()).filter(this::isOurs);
    if (found.isPresent() && found.get().tableId() < table.tableId()) {
      // It was dropped before this one was made, and the job ended in between.
      if (LeaseRegistry.isLeased(found.get().tableId())) {
        return false;
      }
      lake.catalog().drop(table.namespace(), table.name());
      found = Optional.empty();
    }
    // A later table of that name is there where an old log is being replayed.
    if (found.isEmpty()) {
      lake.catalog().create(LakeSchemas.spec(options.databaseId(), table));
    }
    synchronized (turns) {
      if (isOf(work.ensure, table.tableId())) {
        work.ensure = null;
      }
    }
    return true;
  }

  private boolean expire(Work work, TableSchema table, long below) {
    own(table).ifPresent(found -> found.expire(below));
    synchronized (turns) {
      if (isOf(work.expire, table.tableId()) && work.expireBelow == below) {
        work.expire = null;
      }
    }
    return true;
  }

  private boolean commit(Work work, List<LakeMessage.Share> all) {
    LakeMessage.Share cut = all.get(0);
    Optional<LakeTable> found = find(cut.table().namespace(), cut.table().name());
    if (found.isEmpty() || !isOurs(found.get())) {
      throw missing(cut.table());
    }
    if (found.get().tableId() == cut.table().tableId()) {
      try (LakeMemory.@Nullable Room room = memory.tryCommit(filesOf(all))) {
        if (room == null) {
          return false;
        }
        publish(found.get(), cut, all);
      }
    } else if (found.get().tableId() < cut.table().tableId()) {
      throw missing(cut.table());
    }
    synchronized (turns) {
      if (work.cutCsn() == cut.cutCsn()) {
        work.letShares();
      }
    }
    return true;
  }

  static LakeException missing(TableSchema table) {
    return new LakeException(
        Reason.MISSING_TABLE,
        "the lake has no table %s with omendb.table-id %d: somebody else dropped or replaced it"
            .formatted(LakeSchemas.identifier(table), table.tableId()));
  }

  private static List<CutFiles> filesOf(List<LakeMessage.Share> shares) {
    List<CutFiles> files = new ArrayList<>();
    for (LakeMessage.Share share : shares) {
      CutFiles written = share.files();
      if (written != null) {
        files.add(written);
      }
    }
    return files;
  }

  private void publish(LakeTable table, LakeMessage.Share cut, List<LakeMessage.Share> all) {
    Optional<LakeCut> current = table.current();
    if (current.isPresent() && current.get().csn() > cut.cutCsn()) {
      // The lake is past it, so the log has its publication.
      return;
    }
    List<CutFiles> files = filesOf(all);
    boolean adopt = current.isPresent() && current.get().csn() == cut.cutCsn();
    if (!adopt && files.size() != all.size()) {
      throw new LakeException(
          Reason.PARENT_MISMATCH,
          "lake table %s had cut %d and has it no longer: somebody else rolled it back"
              .formatted(LakeSchemas.identifier(cut.table()), cut.cutCsn()));
    }
    LakeCut published =
        adopt ? current.get() : table.commit(cut.cutCsn(), cut.epoch(), cut.parentCsn(), files);
    LOG.debug("{} published at {}", LakeSchemas.identifier(cut.table()), cut.cutCsn());
    reports
        .find(options.databaseId())
        .ifPresent(c -> c.lakePublished(cut.table().tableId(), published));
  }

  @Override
  public void close() {
    turns.close();
    synchronized (turns) {
      turns.removeAll().forEach(Work::letShares);
    }
    lake.close();
  }
}
