package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that do what no driver does: the server tells them so and goes on. */
class HostileClientsTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private final ToySessions sessions = new ToySessions();
  private final PgEndpoint endpoint =
      new PgEndpoint(
          new PgEndpointSettings("127.0.0.1", 0, 1010, 1 << 20, 4 << 20, Duration.ofMillis(1500)),
          sessions);

  @BeforeEach
  void start() throws IOException {
    System.out.println("seed " + SEED);
    endpoint.start();
  }

  @AfterEach
  void allIsWellAtTheEnd() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("select 1").send();
      assertThat(client.readUntil('Z')).contains("D 1");
    }
    endpoint.stop();
    assertThat(sessions.open).hasValue(0);
    assertThat(endpoint.largeMessageBytes()).isZero();
  }

  @Test
  void randomBytesInsteadOfAStartup() throws IOException {
    Random random = new Random(SEED);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[1 + random.nextInt(200)];
      random.nextBytes(bytes);
      try (WireClient client = new WireClient(endpoint.address())) {
        client.raw(bytes).send();
      }
    }
    try (WireClient client = new WireClient(endpoint.address())) {
      client.raw("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).send();
      assertThat(client.readAll()).containsExactly("E FATAL 08P01", "END");
    }
  }

  /** Random messages with honest lengths, then bytes that are no message at all. */
  @Test
  void randomMessagesInASession() throws IOException {
    Random random = new Random(SEED);
    String types = "QPBDECHSdcfXFp?";
    for (int i = 0; i < 150; i++) {
      try (WireClient client = WireClient.started(endpoint.address())) {
        for (int m = 0; m < 20; m++) {
          byte[] content = new byte[random.nextInt(60)];
          random.nextBytes(content);
          if (random.nextBoolean() && content.length > 0) {
            content[content.length - 1] = 0;
          }
          client.message(types.charAt(random.nextInt(types.length())), out -> out.write(content));
        }
        byte[] garbage = new byte[random.nextInt(100)];
        random.nextBytes(garbage);
        client.raw(garbage).send();
      } catch (SocketException closedByServer) {
        // It had enough before we had said everything.
        assertThat(closedByServer).isNotNull();
      }
    }
  }

  /** The prefix of a good exchange, cut anywhere; the client just goes. */
  @Test
  void truncatedMessages() throws IOException {
    Random random = new Random(SEED);
    for (int i = 0; i < 100; i++) {
      try (WireClient client = WireClient.started(endpoint.address())) {
        client.raw(new byte[] {'P', 0, 0, 0, (byte) (5 + random.nextInt(100)), 's'}).send();
      }
    }
    Awaitility.await().until(() -> sessions.open.get() == 0);
  }

  @Test
  void absurdLengths() throws IOException {
    for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 3, (1 << 20) + 1}) {
      try (WireClient client = WireClient.started(endpoint.address())) {
        client.query("select 1");
        client
            .raw(
                new byte[] {
                  'Q',
                  (byte) (length >>> 24),
                  (byte) (length >>> 16),
                  (byte) (length >>> 8),
                  (byte) length
                })
            .send();
        assertThat(client.readUntil('Z')).contains("D 1");
        assertThat(client.readAll())
            .containsExactly(length > 0 && length != 3 ? "E FATAL 54000" : "E FATAL 08P01", "END");
      }
    }
    try (WireClient client = WireClient.started(endpoint.address())) {
      // A Sync of a megabyte is no Sync.
      client.raw(new byte[] {'S', 0, 16, 0, 0}).send();
      assertThat(client.readAll()).containsExactly("E FATAL 54000", "END");
    }
  }

  /** Announced bytes count before they arrive, for all connections together. */
  @Test
  void largeMessagesShareABudget() throws IOException {
    List<WireClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        WireClient client = WireClient.started(endpoint.address());
        clients.add(client);
        client.raw(new byte[] {'Q', 0, 15, 0, 0, 'x'}).send();
      }
      Awaitility.await().until(() -> endpoint.largeMessageBytes() == 4 * 0x0F0000);
      try (WireClient client = WireClient.started(endpoint.address())) {
        client.raw(new byte[] {'Q', 0, 15, 0, 0, 'x'}).send();
        assertThat(client.readAll()).containsExactly("E FATAL 53200", "END");
      }
    } finally {
      for (WireClient client : clients) {
        client.close();
      }
    }
    Awaitility.await().until(() -> endpoint.largeMessageBytes() == 0);
  }

  /** A message counts from its first bytes until it was handled, however long it waits for that. */
  @Test
  void largeMessagesCountUntilTheyAreHandled() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("sleep").send();
      Awaitility.await().until(() -> sessions.sleeping.get() == 1);
      client.query("x".repeat(300_000)).query("x".repeat(500_000)).send();
      Awaitility.await().until(() -> endpoint.largeMessageBytes() >= 800_000);
      try (WireClient other = new WireClient(endpoint.address())) {
        other.request(80877102, client.processId, client.secretKey).send();
      }
      assertThat(client.readUntil('Z')).endsWith("E ERROR 57014", "Z I");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 42601", "Z I");
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 42601", "Z I");
      Awaitility.await().until(() -> endpoint.largeMessageBytes() == 0);
      client.query("sleep").send();
      Awaitility.await().until(() -> sessions.sleeping.get() == 1);
      client.query("x".repeat(300_000)).send();
      Awaitility.await().until(() -> endpoint.largeMessageBytes() >= 300_000);
    }
    Awaitility.await().until(() -> endpoint.largeMessageBytes() == 0);
  }

  /** The parameters of a portal count until it is closed, here by the end of its transaction. */
  @Test
  void largeParametersCountWithTheirPortal() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("begin").send();
      client.readUntil('Z');
      client.parse("s", "echo text").bind("p", "s", "x".repeat(900_000)).sync().send();
      assertThat(client.readUntil('Z')).containsExactly("1", "2", "Z T");
      assertThat(endpoint.largeMessageBytes()).isBetween(800_000L, 1_000_000L);
      client.query("rollback").send();
      client.readUntil('Z');
      assertThat(endpoint.largeMessageBytes()).isZero();
    }
  }

  @Test
  void deepAndHugeStatements() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("x".repeat(1_000_000)).send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 42601", "Z I");
      client.query("deep").send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 54000", "Z I");
      client.message('Q', content -> content.write(new byte[] {(byte) 0xC3, 0x28, 0})).send();
      assertThat(client.readUntil('Z')).containsExactly("E ERROR 22021", "Z I");
    }
  }

  @Test
  void silentClientsAreDropped() throws IOException {
    try (WireClient client = new WireClient(endpoint.address())) {
      assertThat(client.readAll()).containsExactly("END");
    }
    try (WireClient client = new WireClient(endpoint.address())) {
      client.raw(new byte[] {0, 0, 0, 20, 0, 3}).send();
      assertThat(client.readAll()).containsExactly("END");
    }
  }

  @Test
  void killedInMidTransaction() throws IOException {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("begin; write half").send();
      assertThat(client.readUntil('Z')).endsWith("Z T");
    }
    Awaitility.await().until(() -> sessions.open.get() == 0);
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("begin; write half; sleep").send();
      Awaitility.await().until(() -> sessions.sleeping.get() == 1);
    }
    Awaitility.await().until(() -> sessions.open.get() == 0);
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("begin; write half; copyin").copyData("some\n").send();
      assertThat(client.readUntil('G')).endsWith("G");
    }
    Awaitility.await().until(() -> sessions.open.get() == 0);
    assertThat(sessions.committed).isEmpty();
    assertThat(sessions.rolledBack).hasValue(3);
  }

  /** A result of 2 GB for someone who does not read: the worker waits, and a cancel frees it. */
  @Test
  void slowReader() throws Exception {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.query("rows 2000000 1000").send();
      Awaitility.await()
          .during(Duration.ofMillis(300))
          .until(
              new Callable<Long>() {
                private long before = -1;

                @Override
                public Long call() {
                  long now = sessions.rowsProduced.get();
                  long produced = now == before ? 0 : 1;
                  before = now;
                  return produced;
                }
              },
              produced -> produced == 0 && sessions.rowsProduced.get() > 0);
      assertThat(sessions.rowsProduced.get()).isLessThan(40_000);
      try (WireClient other = new WireClient(endpoint.address())) {
        other.request(80877102, client.processId, client.secretKey).send();
        assertThat(other.readAll()).containsExactly("END");
      }
      assertThat(client.readUntil('Z')).endsWith("E ERROR 57014", "Z I");
    }
  }

  /** Neither the queue of messages nor what is answered on the event loop grows without end. */
  @Test
  void pipeliningWithoutReading() throws Exception {
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.parse("s", "point").sync().send();
      client.readUntil('Z');
      int rounds = 20_000;
      Thread writer =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < rounds; i++) {
                    client.bind("", "s", Integer.toString(i)).execute("", 0).sync();
                    if (i % 100 == 99) {
                      client.send();
                    }
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      writer.start();
      for (int i = 0; i < rounds; i++) {
        assertThat(client.readUntil('Z')).containsExactly("2", "D " + i, "C SELECT 1", "Z I");
      }
      writer.join();
    }
  }

  @Test
  void aThousandConnections() throws IOException {
    List<WireClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        clients.add(WireClient.started(endpoint.address()));
      }
      for (WireClient client : clients) {
        client.query("select 1").send();
      }
      for (WireClient client : clients) {
        assertThat(client.readUntil('Z')).contains("D 1");
      }
      assertThat(endpoint.sessionCount()).isEqualTo(1000);
      for (int i = 0; i < 10; i++) {
        clients.add(WireClient.started(endpoint.address()));
      }
      try (WireClient client = new WireClient(endpoint.address())) {
        client.startup(3 << 16, "user", "late").send();
        assertThat(client.readAll()).containsExactly("E FATAL 53300", "END");
      }
      // The threads are as many as what runs at a time, not as the connections.
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> thread.getName().startsWith("omendb-pgwire-worker"))
          .hasSizeLessThan(1100);
    } finally {
      for (WireClient client : clients) {
        client.close();
      }
    }
    Awaitility.await().until(() -> sessions.open.get() == 0 && endpoint.sessionCount() == 0);
  }
}
