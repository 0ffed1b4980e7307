package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client of Flink's SQL gateway runs a statement through the stock REST endpoint. */
class GatewayRestTest {
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void aFlinkStatementRunsThroughTheRestEndpoint(@TempDir Path directory) throws Exception {
    try (ServerProcess server = ServerProcess.start(directory)) {
      String gateway = address(server) + "/v3";
      String session =
          gateway + "/sessions/" + field(post(gateway + "/sessions", "{}"), "sessionHandle");
      post(session + "/statements", "{\"statement\": \"SET 'execution.runtime-mode' = 'batch'\"}");
      String operation =
          field(
              post(
                  session + "/statements",
                  "{\"statement\": \"SELECT SUM(x) AS total FROM (VALUES (20), (22)) AS t(x)\"}"),
              "operationHandle");
      StringBuilder pages = new StringBuilder();
      String[] next = {session + "/operations/" + operation + "/result/0?rowFormat=JSON"};
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                String page = get(next[0]);
                pages.append(page);
                assertThat(page).contains("\"resultType\"").doesNotContain("\"errors\"");
                if (page.contains("nextResultUri")) {
                  next[0] = address(server) + field(page, "nextResultUri");
                }
                assertThat(pages).contains("\"fields\":[42]");
              });
    }
  }

  private static String address(ServerProcess server) throws IOException {
    String label = "Flink SQL gateway";
    return Files.readAllLines(server.dataDirectory().resolve("server.addresses")).stream()
        .map(String::strip)
        .filter(line -> line.startsWith(label))
        .map(line -> line.substring(label.length()).strip())
        .findFirst()
        .orElseThrow();
  }

  private String post(String uri, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(uri))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  private String get(String uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString())
        .body();
  }

  private static String field(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    assertThat(matcher.find()).as("%s in %s", name, json).isTrue();
    return matcher.group(1);
  }
}
