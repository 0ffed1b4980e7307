package io.omendb.gateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real server in a process of its own, on free ports, that a test may stop or kill. Closing it
 * kills what still runs.
 */
public final class ServerProcess implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration STOP_TIMEOUT = Duration.ofMinutes(1);
  private static final String HELD_NETWORK_THREAD = "A task held a network thread";

  private final Path dataDirectory;
  private final List<String> jvmOptions;
  private final List<String> options;
  private @Nullable Process process;
  private String address = "";

  private ServerProcess(Path dataDirectory, List<String> jvmOptions, List<String> options) {
    this.dataDirectory = dataDirectory;
    this.jvmOptions = jvmOptions;
    this.options = options;
  }

  /** Starts a server with further command line options and waits until it serves. */
  public static ServerProcess start(Path dataDirectory, String... options) throws IOException {
    return start(dataDirectory, List.of(), options);
  }

  /** For servers that live for seconds: what they run is not worth the better compiler. */
  public static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1");

  /** The same with options of the JVM, which override the usual ones. */
  public static ServerProcess start(Path dataDirectory, List<String> jvmOptions, String... options)
      throws IOException {
    ServerProcess server = new ServerProcess(dataDirectory, jvmOptions, List.of(options));
    server.start();
    return server;
  }

  /** Starts it (again), on a port that may differ from before. */
  public void start() throws IOException {
    Files.createDirectories(dataDirectory);
    Files.deleteIfExists(dataDirectory.resolve("server.addresses"));
    Files.deleteIfExists(dataDirectory.resolve("server.error"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1500m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"));
    // Of an option that is given twice the last counts.
    command.addAll(jvmOptions);
    for (String open : OPENED) {
      command.add("--add-opens=java.base/" + open + "=ALL-UNNAMED");
    }
    command.add("--add-exports=java.base/sun.net.util=ALL-UNNAMED");
    command.add("-Dlog4j2.configurationFile=" + System.getProperty("log4j2.configurationFile"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.omendb.gateway.server.OmenServer");
    command.addAll(List.of("--data", dataDirectory.toString(), "--port", "0"));
    command.addAll(List.of("--flink-ui-port", "0", "--gateway-rest-port", "0"));
    command.addAll(options);
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(dataDirectory.resolve("server.out").toFile()))
            .start();
    process = started;
    awaitAddress(started);
  }

  private static final List<String> OPENED =
      List.of(
          "java.nio",
          "java.lang",
          "java.util",
          "java.util.concurrent",
          "java.time",
          "java.net",
          "sun.nio.ch");

  private void awaitAddress(Process started) throws IOException {
    Path addresses = dataDirectory.resolve("server.addresses");
    long end = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!Files.exists(addresses)) {
      boolean over;
      try {
        over = started.waitFor(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while the server starts", e);
      }
      if (over || System.nanoTime() > end) {
        started.destroyForcibly();
        throw new IOException("the server did not start:\n" + output());
      }
    }
    for (String line : Files.readAllLines(addresses)) {
      if (line.strip().startsWith("PostgreSQL")) {
        address = line.strip().substring("PostgreSQL".length()).strip();
      }
    }
  }

  /** What it printed and logged, for failure messages. */
  public String output() throws IOException {
    Path out = dataDirectory.resolve("server.out");
    String text = Files.exists(out) ? Files.readString(out, StandardCharsets.UTF_8) : "";
    return text.length() > 8_000 ? text.substring(text.length() - 8_000) : text;
  }

  public Path dataDirectory() {
    return dataDirectory;
  }

  public Path lakeDirectory() {
    return dataDirectory.resolve("lake");
  }

  public String host() {
    return address.substring(0, address.lastIndexOf(':'));
  }

  public int port() {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  public long pid() {
    return running().pid();
  }

  private Process running() {
    Process current = process;
    if (current == null) {
      throw new IllegalStateException("the server does not run");
    }
    return current;
  }

  /** A new connection over pgjdbc. */
  public Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "omendb");
    return DriverManager.getConnection("jdbc:postgresql://" + address + "/omendb", properties);
  }

  /** Waits until it ends by itself, for a server that is to crash; false after a timeout. */
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    boolean ended = running().waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    if (ended) {
      process = null;
    }
    return ended;
  }

  /** {@code kill -9}, and waits for its end. */
  public void kill() throws InterruptedException {
    Process current = running();
    current.destroyForcibly();
    current.waitFor();
    process = null;
  }

  /** {@code kill}, and waits for an orderly end. */
  public void stop() throws InterruptedException, IOException {
    Process current = running();
    current.destroy();
    if (!current.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      current.destroyForcibly().waitFor();
      throw new IOException("the server did not stop in time:\n" + output());
    }
    process = null;
  }

  @Override
  public void close() {
    Process current = process;
    if (current != null) {
      current.destroyForcibly();
      current.onExit().join();
      process = null;
    }
    requireFreeNetworkThreads();
  }

  /** No task of any of its runs held a network thread: see EventLoopWatch, which logs those. */
  private void requireFreeNetworkThreads() {
    Path out = dataDirectory.resolve("server.out");
    String all;
    try {
      all = Files.exists(out) ? Files.readString(out, StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int held = all.indexOf(HELD_NETWORK_THREAD);
    if (held >= 0) {
      throw new AssertionError(all.substring(held, Math.min(all.length(), held + 8_000)));
    }
  }
}
