package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.TestDatabase.row;

import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program: commits per second of single-row transactions with 1, 8 and 32 threads, and rows per
 * second of one large transaction, against the log on the disk of the given directory.
 */
final class CommitThroughput {
  private static final long WARM_UP_MS = 2000;
  private static final long MEASURE_MS = 5000;
  private static final int BULK_ROWS = 300_000;

  private CommitThroughput() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory(Path.of(arguments[0]), "commits");
    try (TestDatabase db = new TestDatabase(directory)) {
      TableSchema table = db.createTable("t");
      AtomicLong nextId = new AtomicLong();
      for (int threads : new int[] {1, 8, 32}) {
        run(db, table, nextId, threads, WARM_UP_MS);
        long start = System.nanoTime();
        long commits = run(db, table, nextId, threads, MEASURE_MS);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%d threads: %.0f commits/s%n", threads, commits / seconds);
      }
      for (int round = 0; round < 3; round++) {
        bulk(db, table, nextId);
      }
    }
  }

  private static long run(
      TestDatabase db, TableSchema table, AtomicLong nextId, int threads, long millis)
      throws InterruptedException {
    long until = System.nanoTime() + millis * 1_000_000;
    AtomicLong commits = new AtomicLong();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (System.nanoTime() < until) {
                  try (Transaction transaction = db.database.begin()) {
                    transaction.insert(table, row(nextId.getAndIncrement(), "a value of a row"));
                    transaction.commit().join();
                  }
                  commits.incrementAndGet();
                }
              });
      running.add(thread);
      thread.start();
    }
    for (Thread thread : running) {
      thread.join();
    }
    return commits.get();
  }

  private static void bulk(TestDatabase db, TableSchema table, AtomicLong nextId) {
    long start = System.nanoTime();
    try (Transaction transaction = db.database.begin()) {
      for (int i = 0; i < BULK_ROWS; i++) {
        transaction.insert(table, row(nextId.getAndIncrement(), "a value of a row"));
      }
      double inserted = (System.nanoTime() - start) / 1e9;
      transaction.commit().join();
      double committed = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "bulk: %.0f rows/s until commit, %.0f rows/s with commit%n",
          BULK_ROWS / inserted, BULK_ROWS / committed);
    }
  }
}
