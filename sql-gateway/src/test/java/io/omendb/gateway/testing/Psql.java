package io.omendb.gateway.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/** Runs the real psql against a server. */
public final class Psql {
  private final String host;
  private final int port;
  private final String user;
  private final String database;

  private Psql(String host, int port, String user, String database) {
    this.host = host;
    this.port = port;
    this.user = user;
    this.database = database;
  }

  public static Psql to(ServerProcess server) {
    return new Psql(server.host(), server.port(), "omendb", "omendb");
  }

  public static Psql to(LocalPostgres postgres) {
    return new Psql(postgres.host(), postgres.port(), "postgres", "postgres");
  }

  /**
   * Runs one command (SQL or backslash) and returns what it printed; a failed command fails the
   * test.
   */
  public String run(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    "psql",
                    "-X",
                    "-q",
                    "-v",
                    "ON_ERROR_STOP=1",
                    "-h",
                    host,
                    "-p",
                    Integer.toString(port),
                    "-U",
                    user,
                    "-d",
                    database,
                    "-c",
                    command))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Assertions.assertEquals(0, process.waitFor(), () -> command + "\n" + output);
    return output;
  }
}
