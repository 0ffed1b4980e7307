package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server that stops leaves behind in a process that goes on. */
class ServerStopTest {

  @Test
  void aStoppedServerLeavesNothingInTheProcessAndAnotherStartsThere(@TempDir Path directory)
      throws Exception {
    for (int run = 1; run <= 2; run++) {
      try (EmbeddedServer server = EmbeddedServer.start(options(directory));
          Connection connection = connect(server);
          Statement statement = connection.createStatement()) {
        if (run == 1) {
          statement.execute("CREATE TABLE t (id int PRIMARY KEY, n int)");
        }
        statement.execute("INSERT INTO t VALUES (" + run + ", " + run + ")");
        for (String route : new String[] {"state", "flink"}) {
          statement.execute("SET omendb.route = '" + route + "'");
          assertThat(count(statement)).as(route).isEqualTo(run);
        }
        assertThat(ProcessRegistry.leftovers())
            .as("while it runs")
            .containsKeys(
                Content.LOG_DIRECTORIES,
                Content.LOG_OWNERS,
                Content.DATABASES,
                Content.SHARD_DIRECTORIES,
                Content.LAKES,
                Content.CLUSTERS,
                Content.POSTGRESQL_ENDPOINT);
      }
      // A session that the stop cut off ends on a thread of its own.
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(ProcessRegistry.leftovers()).as("after the stop").isEmpty());
    }
  }

  private static ServerOptions options(Path directory) throws ServerException {
    return ServerOptions.parse(
        new String[] {
          "--data",
          directory.toString(),
          "--port",
          "0",
          "--flink-ui-port",
          "0",
          "--gateway-rest-port",
          "0",
          "--shards",
          "4"
        });
  }

  private static int count(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM t WHERE n > 0")) {
      assertThat(rows.next()).isTrue();
      return rows.getInt(1);
    }
  }

  private static Connection connect(EmbeddedServer server) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "omendb");
    return DriverManager.getConnection(
        "jdbc:postgresql://" + server.addresses().get("PostgreSQL") + "/omendb", properties);
  }
}
