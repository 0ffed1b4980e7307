package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Message sequences as the protocol's documentation tells them. */
class ConversationTest {
  private final ToySessions sessions = new ToySessions();
  private final PgEndpoint endpoint = new PgEndpoint(PgEndpointSettings.onFreePort(), sessions);

  @BeforeEach
  void start() throws IOException {
    endpoint.start();
  }

  @AfterEach
  void stop() {
    endpoint.stop();
    assertThat(sessions.open).hasValue(0);
  }

  @Test
  void startupTellsWhatDriversExpect() throws IOException {
    try (WireClient client = new WireClient(endpoint.address())) {
      client.request(80877104).send();
      assertThat(client.readByte()).isEqualTo('N');
      client.request(80877103).send();
      assertThat(client.readByte()).isEqualTo('N');
      client.startup(3 << 16, "user", "me", "application_name", "test").send();
      List<String> messages = client.readUntil('Z');
      assertThat(messages).first().isEqualTo("R 0");
      assertThat(messages)
          .contains(
              "S client_encoding=UTF8",
              "S server_version=15.0 (OmenDB toy)",
              "S integer_datetimes=on",
              "S TimeZone=UTC",
              "S session_authorization=me",
              "S application_name=test");
      assertThat(messages).endsWith("K", "Z I");
    }
  }

  @Test
  void newerMinorVersionsAreNegotiated() throws IOException {
    try (WireClient client = new WireClient(endpoint.address())) {
      client.startup((3 << 16) | 2, "user", "me", "_pq_.wish", "1").send();
      assertThat(client.readUntil('Z')).startsWith("v 196608 1", "R 0").endsWith("Z I");
    }
  }

  @Test
  void startupIsRefusedWithItsReason() throws IOException {
    try (WireClient client = new WireClient(endpoint.address())) {
      client.startup(2 << 16, "user", "me").send();
      assertThat(client.readAll()).containsExactly("E FATAL 0A000", "END");
    }
    try (WireClient client = new WireClient(endpoint.address())) {
      client.startup(3 << 16, "database", "x").send();
      assertThat(client.readAll()).containsExactly("E FATAL 28000", "END");
    }
    try (WireClient client = new WireClient(endpoint.address())) {
      client.startup(3 << 16, "user", "me", "database", "nowhere").send();
      assertThat(client.readAll()).containsExactly("E FATAL 3D000", "END");
    }
  }

  @Test
  void queryStrings() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("select 7; notice hello; write a").send();
      assertThat(client.readUntil('Z'))
          .containsExactly(
              "T ?column?:23",
              "D 7",
              "C SELECT 1",
              "N NOTICE 00000",
              "C NOTICE",
              "C INSERT 0 1",
              "Z I");
      assertThat(sessions.committed).containsExactly("a");
      client.query(" ; ").send();
      assertThat(client.readUntil('Z')).containsExactly("I", "Z I");
      client.query("write b; fail division_by_zero; write c").send();
      assertThat(client.readUntil('Z')).containsExactly("C INSERT 0 1", "E ERROR 22012", "Z I");
      assertThat(sessions.committed).containsExactly("a");
      client.query("begin").query("nonsense").query("select 1").query("commit").send();
      assertThat(client.readUntil('Z')).containsExactly("C BEGIN", "Z T");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 42601", "Z E");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 25P02", "Z E");
      assertThat(client.readUntil('Z')).containsExactly("C ROLLBACK", "Z I");
      client.query("set TimeZone Europe/Berlin").send();
      assertThat(client.readUntil('Z')).containsExactly("S timezone=europe/berlin", "C SET", "Z I");
    }
  }

  /** What says that it is committed must not be said before it is. */
  @Test
  void commandCompleteComesAfterTheCommit() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("write late-failure").send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 40001", "Z I");
      client.parse("", "write late-failure").bind("", "").execute("", 0).sync().send();
      assertThat(client.readUntil('Z'))
          .containsExactly("1", "2", "C INSERT 0 1", "E ERROR 40001", "Z I");
    }
  }

  @Test
  void extendedProtocol() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client
          .parse("s", "echo int4 text")
          .describe('S', "s")
          .bind("p", "s", "42", null)
          .describe('P', "p")
          .execute("p", 0)
          .close('P', "p")
          .sync()
          .send();
      assertThat(client.readUntil('Z'))
          .containsExactly(
              "1",
              "t 23,25",
              "T c1:23,c2:25",
              "2",
              "T c1:23,c2:25",
              "D 42,null",
              "C SELECT 1",
              "3",
              "Z I");
      client.bind("", "s", "1", "x").execute("", 0).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("2", "D 1,x", "C SELECT 1", "Z I");
      client.close('S', "s").close('S', "never").bind("", "s").sync().send();
      assertThat(client.readUntil('Z')).containsExactly("3", "3", "E ERROR 26000", "Z I");
      client.parse("", "write w").describe('S', "").sync().send();
      assertThat(client.readUntil('Z')).containsExactly("1", "t ", "n", "Z I");
      client.parse("", "").bind("", "").describe('P', "").execute("", 0).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("1", "2", "n", "I", "Z I");
      client.parse("", "select 1; select 2").sync().send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 42601", "Z I");
      client.parse("d", "select 1").parse("d", "select 1").sync().send();
      assertThat(client.readUntil('Z')).containsExactly("1", "E ERROR 42P05", "Z I");
    }
  }

  @Test
  void afterAnErrorNothingIsDoneUntilSync() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client
          .parse("", "write lost")
          .bind("", "")
          .execute("", 0)
          .parse("x", "nonsense")
          .parse("", "write never")
          .bind("", "")
          .execute("", 0)
          .sync()
          .parse("", "write kept")
          .bind("", "")
          .execute("", 0)
          .sync()
          .send();
      assertThat(client.readUntil('Z'))
          .containsExactly("1", "2", "C INSERT 0 1", "E ERROR 42601", "Z I");
      assertThat(client.readUntil('Z')).containsExactly("1", "2", "C INSERT 0 1", "Z I");
      assertThat(sessions.committed).containsExactly("kept");
    }
  }

  @Test
  void badParametersAreErrorsOfTheirOwn() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.parse("s", "echo int4").sync().send();
      client.readUntil('Z');
      client.bind("", "s", "abc").sync().bind("", "s").sync().bind("", "s", "9999999999").sync();
      client.send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 22P02", "Z I");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 08P01", "Z I");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 22003", "Z I");
      client.message('B', content -> content.write(new byte[] {0, 's'})).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 08P01", "Z I");
      client.message('F', content -> content.writeInt(1)).send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 0A000", "Z I");
    }
  }

  @Test
  void portalsAreReadInPieces() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("begin").send();
      client.readUntil('Z');
      client.parse("", "rows 5 1").bind("c", "").execute("c", 2).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("1", "2", "D 0,x", "D 1,x", "s", "Z T");
      client.execute("c", 2).execute("c", 2).sync().send();
      assertThat(client.readUntil('Z'))
          .containsExactly("D 2,x", "D 3,x", "s", "D 4,x", "C SELECT 1", "Z T");
      client.query("commit").send();
      assertThat(client.readUntil('Z')).containsExactly("C COMMIT", "Z I");
      client.execute("c", 0).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 34000", "Z I");
    }
  }

  @Test
  void flushSendsWhatIsPending() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.parse("", "point").flush().send();
      assertThat(client.read()).isEqualTo("1");
      client.bind("", "", "5").execute("", 0).flush().send();
      assertThat(client.readUntil('C')).containsExactly("2", "D 5", "C SELECT 1");
      client.sync().send();
      assertThat(client.readUntil('Z')).containsExactly("Z I");
    }
  }

  @Test
  void pointReadsRunOnTheEventLoop() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.parse("s", "point").sync().send();
      client.readUntil('Z');
      for (int i = 0; i < 20; i++) {
        client.bind("", "s", Integer.toString(i)).execute("", 0).sync().send();
        assertThat(client.readUntil('Z')).containsExactly("2", "D " + i, "C SELECT 1", "Z I");
      }
      assertThat(sessions.pointThreads).hasSize(20).allMatch(name -> name.contains("pgwire-io"));
    }
  }

  @Test
  void copyIn() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("copyin; write after").send();
      assertThat(client.readUntil('G')).containsExactly("G");
      client.copyData("a\nb").copyData("c\n").message('c', content -> {}).send();
      assertThat(client.readUntil('Z')).containsExactly("C COPY 2", "C INSERT 0 1", "Z I");
      assertThat(sessions.committed).containsExactly("a", "bc", "after");

      client
          .query("copyin")
          .copyData("x\n")
          .message('f', c -> c.write("no\0".getBytes(StandardCharsets.UTF_8)))
          .send();
      assertThat(client.readUntil('Z')).containsExactly("G", "E ERROR 57014", "Z I");

      client.query("copyin").copyData("bad\n").copyData("more\n").message('c', c -> {}).send();
      assertThat(client.readUntil('Z')).containsExactly("G", "E ERROR 22P04", "Z I");
      client.query("select 1").send();
      assertThat(client.readUntil('Z')).contains("D 1").endsWith("Z I");

      client.query("copyin").query("select 1").send();
      assertThat(client.readUntil('Z')).containsExactly("G", "E ERROR 08P01", "Z I");

      client.parse("", "copyin").bind("", "").execute("", 0).sync().send();
      assertThat(client.readUntil('G')).containsExactly("1", "2", "G");
      client.copyData("ext\n").message('c', content -> {}).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("C COPY 1", "Z I");
      assertThat(sessions.committed).endsWith("ext");
    }
  }

  @Test
  void copyOut() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("copyout 2").send();
      assertThat(client.readUntil('Z')).containsExactly("H", "d 0", "d 1", "c", "C COPY 2", "Z I");
    }
  }

  @Test
  void cancelEndsWhatRuns() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("sleep").send();
      Awaitility.await().until(() -> sessions.sleeping.get() == 1);
      cancel(client, client.secretKey + 1);
      assertThat(sessions.sleeping).hasValue(1);
      cancel(client, client.secretKey);
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 57014", "Z I");
      client.query("copyin").send();
      assertThat(client.readUntil('G')).containsExactly("G");
      cancel(client, client.secretKey);
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 57014", "Z I");
      client.query("select 1").send();
      assertThat(client.readUntil('Z')).contains("D 1");
    }
  }

  private void cancel(WireClient target, int secretKey) throws IOException {
    try (WireClient other = new WireClient(endpoint.address())) {
      other.request(80877102, target.processId, secretKey).send();
      assertThat(other.readAll()).containsExactly("END");
    }
  }

  @Test
  void foreignExceptionsDoNotHurtTheServer() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("boom").query("deep").query("select 1").send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR XX000", "Z I");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 54000", "Z I");
      assertThat(client.readUntil('Z')).contains("D 1");
      client.query("begin").query("write half").query("boom").send();
      client.readUntil('Z');
      client.readUntil('Z');
      assertThat(client.readAll()).containsExactly("E FATAL XX000", "END");
      Awaitility.await().until(() -> sessions.rolledBack.get() == 1);
    }
  }

  @Test
  void stopTellsEveryone() throws IOException {
    try (WireClient idle = WireClient.started(endpoint.address());
        WireClient busy = WireClient.started(endpoint.address())) {
      busy.query("sleep").send();
      Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> sessions.sleeping.get() == 1);
      endpoint.stop();
      assertThat(idle.readAll()).containsExactly("E FATAL 57P01", "END");
      assertThat(busy.readAll()).contains("E FATAL 57P01").endsWith("END");
    }
  }
}
