package io.omendb.gateway.soak;

import io.omendb.gateway.testing.ServerProcess;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of a soak share: the server, the clock, and the first thing that went wrong, which
 * ends the run. Thread-safe.
 */
final class SoakRun {
  /** Longer than anything that is merely slow: a statement without an answer by then hangs. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(3);

  private static final Duration RETRY_PAUSE = Duration.ofMillis(100);

  /**
   * What a client must live with while servers are killed, catalogs go away and memory is short:
   * the server shuts down or does not serve yet, a limit was reached, an input or output failed.
   */
  private static final Set<String> EXCUSED =
      Set.of("57P01", "57P02", "57P03", "53100", "53200", "58000", "58030", "08007");

  private final ServerProcess server;
  private final long seed;
  private final long durationNanos;
  private final AtomicInteger kills = new AtomicInteger();
  private final AtomicInteger restarts = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile long startNanos = System.nanoTime();
  private volatile String url;
  private volatile boolean ended;

  SoakRun(ServerProcess server, Duration duration, long seed) {
    this.server = server;
    this.durationNanos = duration.toNanos();
    this.seed = seed;
    this.url = urlOf(server);
  }

  private static String urlOf(ServerProcess server) {
    return "jdbc:postgresql://%s:%d/omendb".formatted(server.host(), server.port());
  }

  ServerProcess server() {
    return server;
  }

  /** A generator that depends on the run's seed and on who asks. */
  SplittableRandom random(int who) {
    return new SplittableRandom(seed * 31 + who);
  }

  /** Whether the time is up or something failed. */
  boolean over() {
    return ended || failure.get() != null || System.nanoTime() - startNanos >= durationNanos;
  }

  /** The share of the run's time that has passed. */
  double progress() {
    return (double) (System.nanoTime() - startNanos) / durationNanos;
  }

  /** The time counts from now: what was prepared before takes nothing of it. */
  void begin() {
    startNanos = System.nanoTime();
  }

  void end() {
    ended = true;
  }

  void fail(Throwable cause) {
    failure.compareAndSet(null, cause);
  }

  @Nullable Throwable failure() {
    return failure.get();
  }

  /** How often the server was killed, counting from before the kill. */
  int kills() {
    return kills.get();
  }

  /** Whether no kill is under way. */
  boolean isUp() {
    return restarts.get() == kills.get();
  }

  /** {@code kill -9} and a new start. */
  void killServer() throws InterruptedException, IOException {
    kills.incrementAndGet();
    server.kill();
    server.start();
    url = urlOf(server);
    restarts.incrementAndGet();
  }

  /** A connection, as soon as the server takes one. */
  Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "omendb");
    properties.setProperty("socketTimeout", Long.toString(ANSWER_TIMEOUT.toSeconds()));
    long giveUpNanos = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
    while (true) {
      try {
        return DriverManager.getConnection(url, properties);
      } catch (SQLException e) {
        if (System.nanoTime() > giveUpNanos || !excused(e)) {
          throw e;
        }
        LockSupport.parkNanos(RETRY_PAUSE.toNanos());
      }
    }
  }

  /** Whether a client may see that error while all this goes on; a hang is never excused. */
  boolean excused(SQLException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return false;
      }
    }
    @Nullable String state = error.getSQLState();
    return state != null && (EXCUSED.contains(state) || state.startsWith("08"));
  }

  /** Lets time pass, less where the run ends. */
  void pause(Duration duration) {
    long endNanos = System.nanoTime() + duration.toNanos();
    while (!over() && System.nanoTime() < endNanos) {
      LockSupport.parkNanos(Math.min(endNanos - System.nanoTime(), 50_000_000L));
    }
  }
}
