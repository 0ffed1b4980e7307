package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runtime job ends under a running server, and cannot be restored until somebody helps. */
class RuntimeFailureTest {

  @Test
  void clientsHearWhyTheDatabaseDoesNotRunAndAreServedOnceItDoes(@TempDir Path directory)
      throws Exception {
    ServerOptions options =
        ServerOptions.parse(
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
    try (EmbeddedServer server = EmbeddedServer.start(options);
        Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id int PRIMARY KEY)");
      statement.execute("INSERT INTO t VALUES (1), (2)");
      Path durableEnd = directory.resolve("log/durable-end");
      byte[] bytes = Files.readAllBytes(durableEnd);
      Files.delete(durableEnd);
      cancelJob(Objects.requireNonNull(server.addresses().get("Flink UI")));
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> count(statement))
                      .isInstanceOfSatisfying(
                          SQLException.class,
                          e -> assertThat(e.getSQLState()).as("%s", e).isEqualTo("XX001"))
                      .hasMessageContaining(durableEnd.toString()));
      Files.write(durableEnd, bytes);
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .ignoreExceptions()
          .until(() -> count(statement) == 2);
      statement.execute("INSERT INTO t VALUES (3)");
      assertThat(count(statement)).isEqualTo(3);
    }
  }

  private static int count(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
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

  /** As somebody may do in Flink's web interface. */
  private static void cancelJob(String flink) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    String jobs =
        client
            .send(
                HttpRequest.newBuilder(URI.create(flink + "/jobs")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    Matcher running =
        Pattern.compile("\"id\":\"([0-9a-f]{32})\",\"status\":\"RUNNING\"").matcher(jobs);
    assertThat(running.find()).as(jobs).isTrue();
    HttpResponse<String> cancelled =
        client.send(
            HttpRequest.newBuilder(URI.create(flink + "/jobs/" + running.group(1)))
                .method("PATCH", HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(cancelled.statusCode()).isEqualTo(202);
  }
}
