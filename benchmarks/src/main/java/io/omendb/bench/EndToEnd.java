package io.omendb.bench;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.postgresql.PGConnection;

/**
 * What a client sees: latency and rate of five workloads over pgjdbc, against any server that
 * speaks PostgreSQL's protocol, so that two servers are measured by the same program.
 *
 * <p>Per workload and number of clients: a warm-up, then rounds of fixed length; of each round the
 * rate and the 50th and 99th percentile of the operations' times; reported is the median of the
 * rounds. An operation that fails with a serialization failure or a deadlock (class 40) is counted
 * and not timed, as an application would retry it; any other error ends the program.
 *
 * <pre>
 *   java -cp … io.omendb.bench.EndToEnd --port 5433 --user omendb --database omendb
 * </pre>
 */
public final class EndToEnd {
  private static final int LOAD_CHUNK_ROWS = 10_000;

  private final EndToEndOptions options;

  private EndToEnd(EndToEndOptions options) {
    this.options = options;
  }

  public static void main(String[] arguments) throws Exception {
    new EndToEnd(EndToEndOptions.parse(arguments)).run();
  }

  private void run() throws SQLException, IOException, InterruptedException, ExecutionException {
    load();
    System.out.printf(
        Locale.ROOT,
        "%n%s, %,d rows, %d rounds of %d s after %d s of warm-up%n%n",
        serverVersion(),
        options.rows(),
        options.rounds(),
        options.round().toSeconds(),
        options.warmUp().toSeconds());
    System.out.println("| workload | clients | operations/s | p50 ms | p99 ms | retries |");
    System.out.println("|---|---|---|---|---|---|");
    for (Workload workload : Workload.values()) {
      if (!options.workloads().isEmpty() && !options.workloads().contains(workload)) {
        continue;
      }
      for (int clients : options.clients()) {
        measure(workload, clients);
      }
    }
  }

  private String serverVersion() throws SQLException {
    try (Connection connection = options.connect()) {
      return "server " + connection.getMetaData().getDatabaseProductVersion();
    }
  }

  /** Makes the tables anew and fills them. */
  private void load() throws SQLException, IOException {
    try (Connection connection = options.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS bench_account");
      statement.execute("DROP TABLE IF EXISTS bench_history");
      statement.execute(
          "CREATE TABLE bench_account (id bigint PRIMARY KEY, branch integer NOT NULL,"
              + " balance bigint NOT NULL, note text)");
      statement.execute(
          "CREATE TABLE bench_history (account bigint NOT NULL, delta bigint NOT NULL,"
              + " created_at timestamp NOT NULL)");
      long started = System.nanoTime();
      var copy = connection.unwrap(PGConnection.class).getCopyAPI();
      for (long first = 0; first < options.rows(); first += LOAD_CHUNK_ROWS) {
        copy.copyIn(
            "COPY bench_account (id, branch, balance, note) FROM STDIN",
            new StringReader(chunk(first, Math.min(first + LOAD_CHUNK_ROWS, options.rows()))));
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      System.out.printf(
          Locale.ROOT,
          "loaded %,d rows by COPY in %.1f s, %,.0f rows/s%n",
          options.rows(),
          seconds,
          options.rows() / seconds);
    }
  }

  private static String chunk(long first, long end) {
    StringBuilder lines = new StringBuilder();
    for (long id = first; id < end; id++) {
      lines
          .append(id)
          .append('\t')
          .append(id % Workload.BRANCHES)
          .append('\t')
          .append(id * 7919 % 100_000)
          .append("\tnote of account ")
          .append(id)
          .append('\n');
    }
    return lines.toString();
  }

  private void measure(Workload workload, int clients)
      throws SQLException, InterruptedException, ExecutionException {
    List<BenchmarkClient> running = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      for (int i = 0; i < clients; i++) {
        running.add(new BenchmarkClient(options, workload, i));
      }
      round(threads, running, options.warmUp());
      List<Round> rounds = new ArrayList<>();
      for (int i = 0; i < options.rounds(); i++) {
        rounds.add(round(threads, running, options.round()));
      }
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %,.0f | %.3f | %.3f | %d |%n",
          workload.title(),
          clients,
          median(rounds.stream().mapToDouble(Round::operationsPerSecond).toArray()),
          median(rounds.stream().mapToDouble(Round::p50Ms).toArray()),
          median(rounds.stream().mapToDouble(Round::p99Ms).toArray()),
          rounds.stream().mapToLong(Round::retries).sum());
    } finally {
      threads.shutdownNow();
      for (BenchmarkClient client : running) {
        client.close();
      }
    }
  }

  /** What one round showed. */
  private record Round(double operationsPerSecond, double p50Ms, double p99Ms, long retries) {}

  private static Round round(
      ExecutorService threads, List<BenchmarkClient> clients, Duration length)
      throws InterruptedException, ExecutionException {
    List<Future<long[]>> times = new ArrayList<>();
    long started = System.nanoTime();
    long deadline = started + length.toNanos();
    for (BenchmarkClient client : clients) {
      times.add(threads.submit(() -> client.runUntil(deadline)));
    }
    List<long[]> all = new ArrayList<>();
    for (Future<long[]> time : times) {
      all.add(time.get());
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    long[] sorted = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    long retries = clients.stream().mapToLong(BenchmarkClient::takeRetries).sum();
    return new Round(
        sorted.length / seconds, percentileMs(sorted, 0.50), percentileMs(sorted, 0.99), retries);
  }

  private static double percentileMs(long[] sortedNanos, double fraction) {
    if (sortedNanos.length == 0) {
      return Double.NaN;
    }
    int index = (int) Math.ceil(fraction * sortedNanos.length) - 1;
    return sortedNanos[Math.max(index, 0)] / 1e6;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
