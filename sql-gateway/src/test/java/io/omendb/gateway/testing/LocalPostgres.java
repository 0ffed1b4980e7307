package io.omendb.gateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A real PostgreSQL to compare with: the machine's own binaries on a private data directory and a
 * free loopback port or, where there are none, a container. Superuser {@code postgres}, database
 * {@code postgres}, trust, UTF-8, C collation, no fsync.
 *
 * <p>The server does not outlive this JVM, however it ends: it runs under a shell that waits on its
 * standard input, which the operating system closes. As root the server runs as the user postgres,
 * since it refuses to be root.
 */
public final class LocalPostgres implements AutoCloseable {
  private static final long START_SECONDS_MAX = 60;
  private static @Nullable LocalPostgres shared;

  private final int port;
  private final @Nullable Process process;
  private final @Nullable Path directory;
  private final @Nullable PostgreSQLContainer<?> container;

  private LocalPostgres(
      int port,
      @Nullable Process process,
      @Nullable Path directory,
      @Nullable PostgreSQLContainer<?> container) {
    this.port = port;
    this.process = process;
    this.directory = directory;
    this.container = container;
  }

  /** One server for all tests of this JVM; stopped when the JVM ends. Do not close it. */
  public static synchronized LocalPostgres shared() {
    LocalPostgres running = shared;
    if (running == null) {
      running = start();
      shared = running;
      Runtime.getRuntime().addShutdownHook(new Thread(running::close, "stop-postgres"));
    }
    return running;
  }

  /** A server of one's own; close it. */
  public static LocalPostgres start() {
    Path binaries = findBinaries();
    if (binaries != null) {
      return startLocal(binaries);
    }
    if (DockerClientFactory.instance().isDockerAvailable()) {
      return startContainer();
    }
    throw new IllegalStateException(
        "these tests compare with PostgreSQL: install its server (looked for initdb in"
            + " /usr/lib/postgresql/*/bin and on the PATH) or run Docker");
  }

  /** The path of the machine's psql; IllegalStateException where there is none. */
  public static String psql() {
    Path binaries = findBinaries();
    if (binaries == null || !Files.isExecutable(binaries.resolve("psql"))) {
      throw new IllegalStateException("install PostgreSQL: the tests run its psql");
    }
    return binaries.resolve("psql").toString();
  }

  public int port() {
    return port;
  }

  public String host() {
    return container == null ? "127.0.0.1" : container.getHost();
  }

  public String jdbcUrl() {
    return "jdbc:postgresql://%s:%d/postgres".formatted(host(), port);
  }

  /** A new connection as the superuser. */
  public Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "postgres");
    properties.setProperty("password", "postgres");
    return DriverManager.getConnection(jdbcUrl(), properties);
  }

  @Override
  public void close() {
    if (container != null) {
      container.stop();
      return;
    }
    if (process != null) {
      try {
        process.getOutputStream().close();
      } catch (IOException alreadyClosed) {
        // The shell has ended, and the server with it.
      }
      waitForEnd(process);
    }
    if (directory != null) {
      deleteTree(directory);
    }
  }

  private static @Nullable Path findBinaries() {
    List<Path> candidates = new ArrayList<>();
    Path debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (Stream<Path> versions = Files.list(debian)) {
        versions
            .map(version -> version.resolve("bin"))
            .sorted(Comparator.reverseOrder())
            .forEach(candidates::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    for (String entry : System.getenv().getOrDefault("PATH", "").split(":")) {
      candidates.add(Path.of(entry));
    }
    for (Path candidate : candidates) {
      if (Files.isExecutable(candidate.resolve("initdb"))
          && Files.isExecutable(candidate.resolve("postgres"))) {
        return candidate;
      }
    }
    return null;
  }

  private static LocalPostgres startLocal(Path binaries) {
    try {
      Path directory = Files.createTempDirectory("omendb-postgres");
      if (isRoot()) {
        Files.setOwner(
            directory,
            directory
                .getFileSystem()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName("postgres"));
      }
      Path data = directory.resolve("data");
      run(
          directory,
          List.of(
              binaries.resolve("initdb").toString(),
              "--pgdata=" + data,
              "--username=postgres",
              "--auth=trust",
              "--encoding=UTF8",
              "--locale=C",
              "--no-sync"));
      int port = freePort();
      List<String> command = asServerUser();
      command.addAll(
          List.of(
              "sh",
              "-c",
              "\"$@\" & server=$!; cat > /dev/null; kill -INT $server; wait $server",
              "postgres-until-stdin-closes",
              binaries.resolve("postgres").toString(),
              "-D",
              data.toString(),
              "-p",
              Integer.toString(port),
              "-k",
              directory.toString(),
              "-c",
              "listen_addresses=127.0.0.1",
              "-c",
              "fsync=off",
              "-c",
              "timezone=UTC"));
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("server.log").toFile())
              .start();
      LocalPostgres postgres = new LocalPostgres(port, process, directory, null);
      postgres.awaitReady();
      return postgres;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LocalPostgres startContainer() {
    // Closed by close(): the field below owns it.
    PostgreSQLContainer<?> container =
        new PostgreSQLContainer<>(DockerImageName.parse("postgres:15"))
            .withUsername("postgres")
            .withPassword("postgres")
            .withDatabaseName("postgres")
            .withEnv("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C")
            .withCommand("postgres", "-c", "fsync=off", "-c", "timezone=UTC");
    container.start();
    return new LocalPostgres(container.getFirstMappedPort(), null, null, container);
  }

  private void awaitReady() throws IOException {
    try {
      Awaitility.await()
          .atMost(START_SECONDS_MAX, TimeUnit.SECONDS)
          .pollInterval(50, TimeUnit.MILLISECONDS)
          .until(this::accepts);
    } catch (ConditionTimeoutException | IllegalStateException notReady) {
      String log = directory == null ? "" : Files.readString(directory.resolve("server.log"));
      close();
      throw new IllegalStateException("PostgreSQL did not start:\n" + log, notReady);
    }
  }

  private boolean accepts() {
    try (Connection connection = connect()) {
      return connection.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private static void run(Path directory, List<String> arguments) throws IOException {
    List<String> command = asServerUser();
    command.addAll(arguments);
    Path output = Files.createTempFile("omendb-initdb", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      waitForEnd(process);
      if (process.exitValue() != 0) {
        throw new IOException(command + " failed:\n" + Files.readString(output));
      }
    } finally {
      Files.delete(output);
    }
  }

  private static void waitForEnd(Process process) {
    try {
      if (!process.waitFor(START_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static List<String> asServerUser() {
    return isRoot()
        ? new ArrayList<>(
            List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"))
        : new ArrayList<>();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void deleteTree(Path root) {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
