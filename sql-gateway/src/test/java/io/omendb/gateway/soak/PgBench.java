package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** PostgreSQL's own benchmark, its TPC-B-like script, in rounds of some seconds. */
final class PgBench implements Runnable {
  private static final int CLIENTS = 4;
  private static final int ROUND_SECONDS = 10;
  private static final long ANSWER_SECONDS_MAX = 180;

  private final SoakRun run;
  private final Path output;
  private int rounds;
  private int cutShort;

  PgBench(SoakRun run, Path directory) {
    this.run = run;
    this.output = directory.resolve("pgbench.out");
  }

  /** Makes its four tables, one of them without a key. */
  void create() throws IOException, InterruptedException {
    assertThat(execute("-i", "-q")).as(this::lastOutput).isZero();
  }

  private int execute(String... options) throws IOException, InterruptedException {
    ServerProcess server = run.server();
    List<String> command = new ArrayList<>(List.of("pgbench"));
    command.addAll(List.of("-h", server.host(), "-p", Integer.toString(server.port())));
    command.addAll(List.of("-U", "omendb"));
    command.addAll(List.of(options));
    command.add("omendb");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(ROUND_SECONDS + ANSWER_SECONDS_MAX, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new IOException("pgbench hangs: " + lastOutput());
    }
    return process.exitValue();
  }

  private String lastOutput() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void run() {
    try {
      while (!run.over()) {
        int kills = run.kills();
        run.connect().close();
        int result =
            execute(
                "-n",
                "-T",
                Integer.toString(ROUND_SECONDS),
                "-c",
                Integer.toString(CLIENTS),
                "-M",
                "prepared",
                "--max-tries=0");
        rounds++;
        if (run.kills() != kills) {
          cutShort++;
        } else if (result != 0) {
          throw new AssertionError("pgbench failed, and nobody killed the server: " + lastOutput());
        }
        run.pause(Duration.ofSeconds(1));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | SQLException | AssertionError e) {
      run.fail(e);
    }
  }

  /** After the run: each transaction changed all of its tables or none. */
  void check(Connection connection, String route) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = '" + route + "'");
      List<Long> sums = new ArrayList<>();
      for (String sum :
          List.of(
              "sum(abalance) FROM pgbench_accounts",
              "sum(tbalance) FROM pgbench_tellers",
              "sum(bbalance) FROM pgbench_branches",
              "coalesce(sum(delta), 0) FROM pgbench_history")) {
        try (ResultSet rows = statement.executeQuery("SELECT " + sum)) {
          assertThat(rows.next()).isTrue();
          sums.add(rows.getLong(1));
        }
      }
      assertThat(sums)
          .as("accounts, tellers, branches, history; route %s", route)
          .containsOnly(sums.get(0));
    }
  }

  @Override
  public String toString() {
    return "%d rounds of pgbench, %d cut short".formatted(rounds, cutShort);
  }
}
