package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything at once on a heap of 2 GB: transactions, pgbench, analytics on both routes, tables
 * with odd names, bulk loads, kills, a catalog that comes and goes, and a foreign commit. At the
 * end nothing is lost, nothing there twice, no answer was wrong, the lake is equal to the tables,
 * and what the server needs has levelled off. {@code -Dsoak.seconds} and {@code -Dseed} change
 * length and course; the build does not run it: the script {@code benchmarks/soak.sh} does, for
 * half an hour.
 */
class Soak {
  private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("soak.seconds", 45));
  private static final long SEED = Long.getLong("seed", 20_261_128L);

  @Test
  void nothingIsLostTwiceOrWrong(@TempDir Path directory) throws Exception {
    System.out.println("seed " + SEED + ", " + LENGTH.toSeconds() + " s");
    try (ServerProcess server =
        ServerProcess.start(
            directory.resolve("data"),
            List.of("-Xmx2g"),
            "--cut-interval-ms",
            "2000",
            "--checkpoint-interval-ms",
            "5000",
            // So that what is kept for the table with the foreign commit is at its bound in time.
            "--cut-bytes-max",
            Integer.toString(4 << 20))) {
      SoakRun run = new SoakRun(server, LENGTH, SEED);
      Bank bank = new Bank(run);
      PgBench pgBench = new PgBench(run, directory);
      try (Connection connection = run.connect()) {
        bank.create(connection);
        Chaos.create(connection);
      }
      pgBench.create();
      OddTables oddTables = new OddTables(run);
      BulkLoads bulkLoads = new BulkLoads(run);
      Chaos.VictimWriter victim = new Chaos.VictimWriter(run);
      Chaos chaos =
          new Chaos(run, LENGTH.dividedBy(LENGTH.toSeconds() < 300 ? 7 : 40), lockedMax());
      Levels levels = new Levels(run, LENGTH.dividedBy(30));
      List<Runnable> parts = new ArrayList<>(bank.clients());
      parts.addAll(List.of(pgBench, oddTables, bulkLoads, victim, chaos, levels));
      runAll(run, parts);
      parts.forEach(System.out::println);
      System.out.println(bank);
      @Nullable Throwable failure = run.failure();
      if (failure != null) {
        throw new AssertionError(
            "the soak failed; the server's last words:\n" + server.output(), failure);
      }
      check(run, bank, pgBench, oddTables, bulkLoads, victim, chaos);
      levels.check();
    }
  }

  /** At most 40 s, less in a short run. */
  private static Duration lockedMax() {
    Duration share = LENGTH.dividedBy(6);
    return share.compareTo(Duration.ofSeconds(40)) < 0 ? share : Duration.ofSeconds(40);
  }

  private static void runAll(SoakRun run, List<Runnable> parts) throws InterruptedException {
    run.begin();
    List<Thread> threads = new ArrayList<>();
    for (Runnable part : parts) {
      Thread thread = new Thread(part, part.toString());
      thread.setUncaughtExceptionHandler((failed, cause) -> run.fail(cause));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    run.end();
  }

  private static void check(
      SoakRun run,
      Bank bank,
      PgBench pgBench,
      OddTables oddTables,
      BulkLoads bulkLoads,
      Chaos.VictimWriter victim,
      Chaos chaos)
      throws SQLException {
    assertThat(chaos.foreignCommitMade()).isTrue();
    try (Connection connection = run.connect()) {
      for (String route : List.of("state", "flink")) {
        bank.check(connection, route);
        pgBench.check(connection, route);
      }
      oddTables.check(connection);
      bulkLoads.check(connection);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET omendb.route = 'state'");
        try (ResultSet rows = statement.executeQuery("SELECT n FROM " + Chaos.VICTIM)) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getLong(1)).isBetween(victim.acknowledged(), victim.attempted());
        }
      }
      chaos.rollBackForeignCommit();
      List<String> tables = new ArrayList<>(bulkLoads.tables());
      tables.addAll(List.of("account", "entry", "pgbench_accounts", "pgbench_tellers"));
      tables.addAll(List.of("pgbench_branches", "pgbench_history", Chaos.VICTIM));
      oddTables.kept().forEach(odd -> tables.add(odd.name()));
      for (String table : tables) {
        LakeEquality.check(run.server().lakeDirectory(), connection, table);
      }
    }
  }
}
