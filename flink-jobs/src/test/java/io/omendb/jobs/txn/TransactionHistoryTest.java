package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.TestDatabase.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random transactions of several threads over few keys, behind shards that lag. Each transaction
 * notes what it read and wrote; afterwards the history is replayed in CSN order, and every read
 * must have seen exactly the state at its snapshot, own writes included, and every writer must have
 * been the first on its keys since its snapshot.
 */
class TransactionHistoryTest {
  private static final int THREADS = 6;
  private static final int TRANSACTIONS = 250;
  private static final int KEYS = 25;
  private static final Set<ErrorCode> EXPECTED =
      EnumSet.of(
          ErrorCode.SERIALIZATION_FAILURE, ErrorCode.DEADLOCK_DETECTED, ErrorCode.UNIQUE_VIOLATION);

  private final long seed = Long.getLong("seed", System.nanoTime());

  private record Read(Map<Long, String> ownBefore, Set<Long> ownDeleted, Map<Long, String> seen) {}

  private record Done(
      long snapshot, long csn, Map<Long, String> puts, Set<Long> deletes, List<Read> reads) {}

  @Test
  void historiesAreSnapshotIsolated(@TempDir Path directory) throws Exception {
    Queue<Done> history = new ConcurrentLinkedQueue<>();
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    try (TestDatabase db = new TestDatabase(directory)) {
      TableSchema table = db.createTable("t");
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        Random random = new Random(seed + t);
        Thread thread =
            new Thread(
                () -> {
                  try {
                    for (int i = 0; i < TRANSACTIONS; i++) {
                      run(db, table, random, history);
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failures).as("seed %d", seed).isEmpty();
      check(history);
      assertThat(db.coordinator.activeSnapshots()).isZero();
      assertThat(db.coordinator.writeBytes()).isZero();
    }
    reopened(directory, history);
  }

  private static void run(TestDatabase db, TableSchema table, Random random, Queue<Done> history) {
    Map<Long, String> puts = new TreeMap<>();
    Set<Long> deletes = new java.util.TreeSet<>();
    List<Read> reads = new ArrayList<>();
    try (Transaction transaction = db.database.begin()) {
      for (int i = random.nextInt(6); i >= 0; i--) {
        long id = random.nextLong(KEYS) - KEYS / 2;
        @Nullable StoredRow old = transaction.get(table, List.of(id)).join();
        Map<Long, String> seen = new TreeMap<>();
        if (old != null) {
          seen.put(id, old.row().getString(1).toString());
        }
        reads.add(new Read(Map.copyOf(puts), Set.copyOf(deletes), note(id, seen)));
        String value = "v" + random.nextInt();
        switch (random.nextInt(5)) {
          case 0 -> reads.add(scan(transaction, table, puts, deletes));
          case 1 -> {
            if (old != null) {
              transaction.delete(table, old);
              puts.remove(id);
              deletes.add(id);
            }
          }
          default -> {
            if (old == null) {
              transaction.insert(table, row(id, value));
            } else {
              transaction.update(table, old, row(id, value));
            }
            puts.put(id, value);
            deletes.remove(id);
          }
        }
      }
      if (random.nextInt(8) == 0) {
        transaction.rollback();
        return;
      }
      boolean wrote = transaction.hasWrites();
      long csn = transaction.commit().join();
      assertThat(db.database.durableCsn()).isGreaterThanOrEqualTo(csn);
      history.add(new Done(transaction.snapshot(), wrote ? csn : -1, puts, deletes, reads));
    } catch (OmenException e) {
      assertThat(EXPECTED).contains(e.code());
    }
  }

  /** A point read as a map of everything it says: the key's row, or -1 for "not there". */
  private static Map<Long, String> note(long id, Map<Long, String> seen) {
    return seen.isEmpty() ? Map.of(id, "") : Map.copyOf(seen);
  }

  private static Read scan(
      Transaction transaction, TableSchema table, Map<Long, String> puts, Set<Long> deletes) {
    Map<Long, String> seen = new TreeMap<>();
    for (long id = -KEYS; id <= KEYS; id++) {
      seen.put(id, "");
    }
    long last = Long.MIN_VALUE;
    try (RowCursor cursor = transaction.scan(table, KeyRange.ALL)) {
      while (cursor.next()) {
        long id = cursor.current().row().getLong(0);
        assertThat(id).isGreaterThan(last);
        last = id;
        seen.put(id, cursor.current().row().getString(1).toString());
      }
    }
    return new Read(Map.copyOf(puts), Set.copyOf(deletes), seen);
  }

  private void check(Queue<Done> history) {
    TreeMap<Long, Done> commits = new TreeMap<>();
    for (Done done : history) {
      if (done.csn() >= 0) {
        assertThat(commits.put(done.csn(), done)).as("seed %d: CSN twice", seed).isNull();
        assertThat(done.csn()).isGreaterThan(done.snapshot());
      }
    }
    TreeMap<Long, Map<Long, String>> states = new TreeMap<>();
    Map<Long, Long> lastWriter = new TreeMap<>();
    Map<Long, String> state = new TreeMap<>();
    states.put(0L, Map.of());
    for (Done done : commits.values()) {
      for (long id : written(done)) {
        boolean insertedAnew = done.snapshot() < lastWriter.getOrDefault(id, 0L);
        assertThat(insertedAnew && states.floorEntry(done.snapshot()).getValue().containsKey(id))
            .as("seed %d: key %d lost an update at CSN %d", seed, id, done.csn())
            .isFalse();
        lastWriter.put(id, done.csn());
      }
      state.keySet().removeAll(done.deletes());
      state.putAll(done.puts());
      states.put(done.csn(), new TreeMap<>(state));
    }
    for (Done done : history) {
      Map<Long, String> at = states.floorEntry(done.snapshot()).getValue();
      for (Read read : done.reads()) {
        Map<Long, String> expected = new TreeMap<>(at);
        expected.keySet().removeAll(read.ownDeleted());
        expected.putAll(read.ownBefore());
        read.seen()
            .forEach(
                (id, value) ->
                    assertThat(expected.getOrDefault(id, ""))
                        .as("seed %d: key %d at snapshot %d", seed, id, done.snapshot())
                        .isEqualTo(value));
      }
    }
  }

  private static Set<Long> written(Done done) {
    Set<Long> written = new java.util.TreeSet<>(done.puts().keySet());
    written.addAll(done.deletes());
    return written;
  }

  /** What a new coordinator finds in the log is what was acknowledged. */
  private void reopened(Path directory, Queue<Done> history) throws IOException {
    TreeMap<Long, Done> commits = new TreeMap<>();
    history.stream().filter(d -> d.csn() >= 0).forEach(d -> commits.put(d.csn(), d));
    Map<Long, String> state = new TreeMap<>();
    for (Done done : commits.values()) {
      state.keySet().removeAll(done.deletes());
      state.putAll(done.puts());
    }
    CoordinatorOptions options = CoordinatorOptions.defaults().withCuts(0, 0);
    try (TestDatabase db = new TestDatabase(directory, options, FileCommitLogOptions.DEFAULT);
        Transaction transaction = db.database.begin()) {
      assertThat(transaction.snapshot()).isGreaterThan(commits.lastKey());
      TableSchema table = transaction.catalog().table("public", "t").orElseThrow();
      Map<Long, String> found = new TreeMap<>();
      try (RowCursor cursor = transaction.scan(table, KeyRange.ALL)) {
        while (cursor.next()) {
          var row = cursor.current().row();
          found.put(row.getLong(0), row.getString(1).toString());
        }
      }
      assertThat(found).as("seed %d", seed).isEqualTo(state);
    }
  }
}
