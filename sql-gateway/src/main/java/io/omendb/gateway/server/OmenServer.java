package io.omendb.gateway.server;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's main program. Tells the launcher what happened through small files in the data
 * directory: {@code server.pid}, {@code server.addresses} once clients are served, {@code
 * server.error} where it could not start.
 */
public final class OmenServer {
  private static final Logger LOG = LoggerFactory.getLogger(OmenServer.class);
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final PrintStream ERR = new PrintStream(System.err, true, StandardCharsets.UTF_8);

  private OmenServer() {}

  public static void main(String[] arguments) throws InterruptedException {
    try {
      run(ServerOptions.parse(arguments));
    } catch (ServerException e) {
      LOG.error("the server cannot start", e);
      ERR.println("omendb: " + e.getMessage());
      reportError(arguments, String.valueOf(e.getMessage()));
      // Flink's threads are not all daemons.
      Runtime.getRuntime().halt(1);
    }
  }

  private static void run(ServerOptions options) throws ServerException, InterruptedException {
    EmbeddedServer server = EmbeddedServer.start(options);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  withdraw(options.dataDirectory());
                  server.close();
                  stopped.countDown();
                },
                "omendb-shutdown"));
    String addresses = describe(server.addresses());
    publish(options.dataDirectory(), "server.pid", ProcessHandle.current().pid() + "\n");
    publish(options.dataDirectory(), "server.addresses", addresses);
    if (options.foreground()) {
      OUT.print(addresses);
    }
    LOG.info("serving\n{}", addresses);
    stopped.await();
  }

  private static String describe(Map<String, String> addresses) {
    StringBuilder out = new StringBuilder();
    new TreeMap<>(addresses)
        .descendingMap()
        .forEach((name, address) -> out.append("  %-18s %s%n".formatted(name, address)));
    return out.toString();
  }

  private static void publish(Path directory, String name, String text) throws ServerException {
    try {
      DataDirectory.publish(directory, name, text);
    } catch (IOException e) {
      throw new ServerException("cannot write " + name + " in " + directory, e);
    }
  }

  private static void withdraw(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve("server.addresses"));
      Files.deleteIfExists(directory.resolve("server.pid"));
    } catch (IOException e) {
      LOG.warn("cannot remove the server's address files", e);
    }
  }

  private static void reportError(String[] arguments, String message) {
    for (int i = 0; i + 1 < arguments.length; i++) {
      if (arguments[i].equals("--data")) {
        Path directory = Path.of(arguments[i + 1]);
        try {
          if (Files.isDirectory(directory)) {
            DataDirectory.publish(directory, "server.error", message + "\n");
          }
        } catch (IOException e) {
          LOG.warn("cannot write server.error", e);
        }
      }
    }
  }
}
