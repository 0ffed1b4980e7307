package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server whose disk fills up: writes get 53100, reads go on, and when there is room again writes
 * do, in the same process. Always with the reserve that a server keeps, which a large file takes
 * from it; with {@code -Domendb.small-disk=DIRECTORY}, a file system of about 600 MB as {@code
 * benchmarks/full-disk.sh} makes it, also without a reserve, up to the last byte.
 */
class FullDiskServerTest {
  private static final long MEGABYTE = 1 << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** How much the disk's other users may take or give back meanwhile. */
  private static final long MARGIN_MEGABYTES = 2_000;

  @TempDir static Path temporary = Path.of("unset");

  /** A disk for one server. */
  interface Disk {
    Path dataDirectory();

    long reserveMegabytes() throws IOException;

    void fill() throws IOException, InterruptedException;

    void free() throws IOException;

    /** How often it is filled; more than once, the server is also restarted at the end. */
    int rounds();
  }

  static List<Disk> disks() {
    List<Disk> disks = new ArrayList<>();
    disks.add(new Reserving(temporary));
    String real = System.getProperty("omendb.small-disk");
    if (real != null) {
      disks.add(new Small(Path.of(real)));
    }
    return disks;
  }

  private static long freeMegabytes(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace() / MEGABYTE;
  }

  /** The reserve is nearly all that is free now; a file that takes no writing takes more. */
  private record Reserving(Path root) implements Disk {
    @Override
    public Path dataDirectory() {
      return root.resolve("data");
    }

    @Override
    public long reserveMegabytes() throws IOException {
      return Math.max(1, freeMegabytes(root) - MARGIN_MEGABYTES);
    }

    @Override
    public int rounds() {
      return 1;
    }

    @Override
    public void fill() throws IOException, InterruptedException {
      Process process =
          new ProcessBuilder(
                  "fallocate", "-l", 2 * MARGIN_MEGABYTES + "M", root.resolve("ballast").toString())
              .redirectErrorStream(true)
              .start();
      try (InputStream output = process.getInputStream()) {
        String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
      }
    }

    @Override
    public void free() throws IOException {
      Files.deleteIfExists(root.resolve("ballast"));
    }
  }

  private record Small(Path root) implements Disk {
    @Override
    public Path dataDirectory() {
      return root.resolve("data");
    }

    @Override
    public long reserveMegabytes() {
      return 0;
    }

    @Override
    public int rounds() {
      return 3;
    }

    @Override
    public void fill() throws IOException {
      try (FileChannel file =
          FileChannel.open(
              root.resolve("ballast"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        for (int pieceBytes = 1 << 20; pieceBytes >= 512; pieceBytes /= 2) {
          writeUntilFull(file, pieceBytes);
        }
      }
    }

    private static void writeUntilFull(FileChannel file, int pieceBytes) {
      try {
        while (true) {
          file.write(ByteBuffer.allocate(pieceBytes));
        }
      } catch (IOException full) {
        assertThat(full).hasMessageContaining("No space left");
      }
    }

    @Override
    public void free() throws IOException {
      Files.deleteIfExists(root.resolve("ballast"));
    }
  }

  private static long count(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT count(*) FROM t")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void assertFull(Statement statement, String sql) {
    assertThatThrownBy(() -> statement.execute(sql))
        .as(sql)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).as(sql).isEqualTo("53100"));
  }

  @ParameterizedTest
  @MethodSource("disks")
  void writesStopReadsGoOnAndWritesComeBackWithoutARestart(Disk disk) throws Exception {
    try (ServerProcess server =
            ServerProcess.start(
                disk.dataDirectory(),
                List.of("-XX:TieredStopAtLevel=1"),
                "--disk-reserve-mb",
                Long.toString(disk.reserveMegabytes()),
                "--checkpoint-interval-ms",
                "500",
                "--cut-interval-ms",
                "500");
        Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
      statement.execute("INSERT INTO t SELECT g, repeat('v', 100) FROM generate_series(1, 1000) g");
      long pid = server.pid();
      long rows = 1000;
      for (int round = 0; round < disk.rounds(); round++) {
        disk.fill();
        long written = writeUntilRefused(statement, (int) rows);
        rows += written;
        assertFull(
            statement,
            "INSERT INTO t SELECT g, repeat('v', 1000) FROM generate_series(500001, 510000) g");
        connection.setAutoCommit(false);
        assertFull(
            statement,
            "INSERT INTO t SELECT g, repeat('v', 1000) FROM generate_series(500001, 510000) g;"
                + " COMMIT");
        connection.rollback();
        connection.setAutoCommit(true);
        for (String route : List.of("state", "flink")) {
          statement.execute("SET omendb.route = '%s'".formatted(route));
          assertThat(count(statement)).as("on route %s", route).isEqualTo(rows);
        }
        statement.execute("SET omendb.route = 'auto'");
        try (Connection late = server.connect();
            Statement another = late.createStatement()) {
          assertThat(count(another)).isEqualTo(rows);
        }
        disk.free();
        long next = rows + 1;
        Awaitility.await()
            .atMost(TIMEOUT)
            .ignoreExceptionsInstanceOf(SQLException.class)
            .untilAsserted(
                () ->
                    assertThat(
                            statement.executeUpdate(
                                "INSERT INTO t VALUES (%d, 'again')".formatted(next)))
                        .isOne());
        rows++;
        assertThat(count(statement)).isEqualTo(rows);
      }
      assertThat(server.pid()).isEqualTo(pid);
      if (disk.rounds() > 1) {
        server.stop();
        server.start();
        try (Connection again = server.connect();
            Statement afterwards = again.createStatement()) {
          assertThat(count(afterwards)).isEqualTo(rows);
        }
      }
    } finally {
      disk.free();
    }
  }

  /** A full disk may still take a few small commits; how many. */
  private static long writeUntilRefused(Statement statement, int from) {
    long[] written = new long[1];
    Awaitility.await()
        .atMost(TIMEOUT)
        .until(
            () -> {
              try {
                statement.execute(
                    "INSERT INTO t VALUES (%d, repeat('v', 100000))"
                        .formatted(from + 1 + (int) written[0]));
                written[0]++;
                return false;
              } catch (SQLException e) {
                assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo("53100");
                return true;
              }
            });
    return written[0];
  }
}
