package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.omendb.gateway.server.DamagedDirectory.Damage;
import io.omendb.gateway.server.DamagedDirectory.Kind;
import io.omendb.gateway.testing.ServerProcess;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogInspection;
import io.omendb.jobs.recovery.LakeRows;
import io.omendb.jobs.recovery.RestorePlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flips, truncates and deletes every file and directory of a data directory, one at a time and in
 * pairs, after an orderly stop and after a kill. Then either the server serves exactly the rows
 * that were acknowledged, or it refuses to start, names what is wrong, and has changed nothing.
 *
 * <p>What a start decides is checked for each damage: everything that it would rely on must be as
 * it was. Some of these starts are made, {@code -Ddamage.starts} of them, and their rows compared;
 * with {@code -Ddamage.starts=all} every one, with {@code -Ddamage.lake=true} also those with
 * damage to the lake's files, which no start looks at. {@code -Ddamage.pairs} pairs are tried, and
 * {@code -Dseed} repeats a run.
 */
class DamageTest {
  private static final long SEED = Long.getLong("seed", 20_261_128L);
  private static final int PAIRS = Integer.getInteger("damage.pairs", 60);
  private static final String STARTS = System.getProperty("damage.starts", "2");

  private static final boolean LAKE = Boolean.getBoolean("damage.lake");

  private static final String NAMES =
      "omendb\\.properties|log|epoch|durable-end|base|[0-9]{20}\\.log|checkpoint|sealed|_metadata|catalog\\.db|lake";

  /** A data directory as it was left, at the place where it was made. */
  private record Image(String name, Path saved, Map<String, byte[]> contents) {}

  @TempDir private static Path scratch = Path.of("unset");

  private static Path directory = Path.of("unset");
  private static final List<Image> IMAGES = new ArrayList<>();
  private static final Map<String, List<String>> EXPECTED = new TreeMap<>();

  private final Random random = new Random(SEED);

  @BeforeAll
  static void makeImages() throws Exception {
    System.out.println("seed " + SEED);
    directory = scratch.resolve("data");
    try (ServerProcess server =
            ServerProcess.start(directory, ServerProcess.SHORT_LIVED, SERVER_OPTIONS);
        Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      write(statement, 0);
      // Some of the log must be gone, or it alone would be enough for every start.
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                statement.execute("UPDATE item SET note = note || 'x' WHERE id < 20");
                return !Files.exists(directory.resolve("log/00000000000000000000.log"));
              });
      write(statement, 1);
      readAll(statement);
      server.kill();
    }
    save("killed");
    EmbeddedServer.start(options()).close();
    save("stopped");
  }

  private static void write(Statement statement, int round) throws SQLException {
    for (String table : List.of("item", "account", "third")) {
      if (round == 0) {
        statement.execute("CREATE TABLE " + table + " (id int PRIMARY KEY, note text)");
      }
      for (int i = 0; i < 5; i++) {
        int first = 1000 * round + 20 * i;
        statement.execute(
            "INSERT INTO %s SELECT i, 'note ' || i FROM generate_series(%d, %d) AS g(i)"
                .formatted(table, first, first + 19));
      }
      statement.execute("DELETE FROM %s WHERE id %% 7 = 3".formatted(table));
    }
  }

  private static void readAll(Statement statement) throws SQLException {
    for (String table : List.of("item", "account", "third")) {
      EXPECTED.put(table, rows(statement, table));
      assertThat(EXPECTED.get(table)).hasSizeGreaterThan(100);
    }
  }

  private static List<String> rows(Statement statement, String table) throws SQLException {
    List<String> result = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery("SELECT id, note FROM " + table + " ORDER BY id")) {
      while (rows.next()) {
        result.add(rows.getInt(1) + " " + rows.getString(2));
      }
    }
    return result;
  }

  private static void save(String name) throws IOException {
    Path saved = scratch.resolve(name);
    DamagedDirectory.copy(directory, saved);
    IMAGES.add(new Image(name, saved, DamagedDirectory.contents(saved)));
  }

  @AfterAll
  static void forget() {
    IMAGES.clear();
  }

  private static final String[] SERVER_OPTIONS = {
    "--checkpoint-interval-ms", "300", "--cut-interval-ms", "300",
    "--log-segment-bytes", "2000", "--shards", "4"
  };

  private static ServerOptions options() throws ServerException {
    List<String> arguments = new ArrayList<>(List.of(SERVER_OPTIONS));
    arguments.addAll(List.of("--data", directory.toString(), "--port", "0"));
    arguments.addAll(List.of("--flink-ui-port", "0", "--gateway-rest-port", "0"));
    return ServerOptions.parse(arguments.toArray(String[]::new));
  }

  private static Connection connect(EmbeddedServer server) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "omendb");
    return DriverManager.getConnection(
        "jdbc:postgresql://" + server.addresses().get("PostgreSQL") + "/omendb", properties);
  }

  @Test
  void oneDamageIsSurvivedOrRefusedByName() throws Exception {
    List<List<Damage>> accepted = new ArrayList<>();
    for (Image image : IMAGES) {
      for (Damage damage : DamagedDirectory.all(image.saved(), random)) {
        if (decide(image, List.of(damage))) {
          accepted.add(List.of(damage));
        }
      }
      startSome(image, accepted);
      accepted.clear();
    }
  }

  @Test
  void twoDamagesAreSurvivedOrRefusedByName() throws Exception {
    for (Image image : IMAGES) {
      List<Damage> all = DamagedDirectory.all(image.saved(), random);
      List<List<Damage>> accepted = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        List<Damage> pair =
            List.of(all.get(random.nextInt(all.size())), all.get(random.nextInt(all.size())));
        if (decide(image, pair)) {
          accepted.add(pair);
        }
      }
      startSome(image, accepted);
    }
  }

  /**
   * The log was trimmed, so without any checkpoint rows come from the lake: what a start would read
   * there is what was there, or the start is refused.
   */
  @Test
  void withoutCheckpointsAStartReliesOnLakeAndLogAndNamesWhatIsDamaged() throws Exception {
    for (Image image : IMAGES) {
      Damage lost = new Damage(Kind.DELETE, "checkpoints", 0);
      assertThat(decide(image, List.of(lost))).as("%s", image.name()).isTrue();
      start(image, List.of(lost));
      List<List<Damage>> accepted = new ArrayList<>();
      int refused = 0;
      for (Damage damage : DamagedDirectory.all(image.saved(), random)) {
        if (!damage.path().startsWith("checkpoints")) {
          if (decide(image, List.of(lost, damage))) {
            accepted.add(List.of(lost, damage));
          } else {
            refused++;
          }
        }
      }
      System.out.println(
          image.name() + ": " + accepted.size() + " accepted, " + refused + " refused");
      assertThat(accepted).isNotEmpty();
      assertThat(refused).isPositive();
      startSome(image, accepted);
    }
  }

  /** With the newest checkpoint damaged an older one and the log do. */
  @Test
  void anOlderCheckpointReplacesADamagedOne() throws Exception {
    for (Image image : IMAGES) {
      prepare(image, List.of(), false);
      Path newest = plan().checkpoint().orElseThrow();
      String metadata = directory.relativize(newest.resolve("_metadata")).toString();
      List<Damage> damage = List.of(new Damage(Kind.FLIP, metadata, 100));
      prepare(image, damage, false);
      RestorePlan plan = plan();
      assertThat(plan.checkpoint()).isPresent().get().isNotEqualTo(newest);
      assertThat(plan.passedOver()).singleElement().asString().contains(newest.toString());
      start(image, damage);
    }
  }

  private void prepare(Image image, List<Damage> damages, boolean written) throws IOException {
    if (written) {
      DamagedDirectory.copy(image.saved(), directory);
    } else {
      DamagedDirectory.link(image.saved(), directory);
    }
    Random each = new Random(SEED);
    for (Damage damage : damages) {
      DamagedDirectory.apply(damage, directory, each);
    }
  }

  private static RestorePlan plan() throws ServerException {
    ServerOptions options = options();
    try (DataDirectory opened = DataDirectory.open(directory, options.shardCount())) {
      return RuntimeJobSupervisor.plan(opened, options);
    }
  }

  /** Whether the server would start; then all that it relies on is checked, else the refusal. */
  private boolean decide(Image image, List<Damage> damages) throws Exception {
    prepare(image, damages, false);
    Map<String, byte[]> before = DamagedDirectory.contents(directory);
    String what = image.name() + ", seed " + SEED + ": " + damages;
    RestorePlan plan;
    try {
      plan = plan();
    } catch (ServerException e) {
      assertThat(e.getMessage()).as(what).contains(directory.toString());
      assertThat(e.getMessage()).as(what).containsPattern(NAMES);
      assertThat(DamagedDirectory.contents(directory).keySet()).as(what).isEqualTo(before.keySet());
      before.forEach(
          (path, bytes) ->
              assertThat(read(directory.resolve(path)))
                  .as("%s of %s", path, what)
                  .isEqualTo(bytes));
      return false;
    }
    checkReliance(image, plan, what);
    if (plan.isFromLake()) {
      assertThat(lakeRows()).as(what).isEqualTo(lakeRows(image));
    }
    return true;
  }

  /** What a start from lake and log reads of the lake. */
  private static String lakeRows() throws Exception {
    ServerOptions options = options();
    CRC32C crc = new CRC32C();
    try (DataDirectory opened = DataDirectory.open(directory, options.shardCount())) {
      new LakeCheck(opened, Map.of())
          .look(
              LogInspection.of(opened.log(), LogFileSystem.LOCAL),
              rebuild -> {
                for (int tableId : rebuild.tables().keySet()) {
                  try (LakeRows rows = rebuild.rows(tableId)) {
                    while (rows.next()) {
                      crc.update(rows.key());
                      crc.update(rows.row());
                      crc.update(rows.location());
                    }
                  }
                }
                return 0;
              });
    }
    return Long.toHexString(crc.getValue());
  }

  private static final Map<String, String> LAKE_ROWS = new TreeMap<>();

  private String lakeRows(Image image) throws Exception {
    String known = LAKE_ROWS.get(image.name());
    if (known == null) {
      prepare(image, List.of(), false);
      known = lakeRows();
      LAKE_ROWS.put(image.name(), known);
    }
    return known;
  }

  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void checkReliance(Image image, RestorePlan plan, String what) throws IOException {
    if (plan.checkpoint().isPresent()) {
      String checkpoint = directory.relativize(plan.checkpoint().get()).toString();
      image
          .contents()
          .forEach(
              (path, bytes) -> {
                if (path.startsWith(checkpoint + "/")) {
                  assertThat(read(directory.resolve(path)))
                      .as("%s of %s", path, what)
                      .isEqualTo(bytes);
                }
              });
    }
    Map<Long, byte[]> original = segments(image.contents());
    Map<Long, byte[]> found = segments(DamagedDirectory.contents(directory));
    long end = plan.logEnd();
    for (Map.Entry<Long, byte[]> segment : original.entrySet()) {
      long base = segment.getKey();
      long segmentEnd =
          original.keySet().stream().filter(other -> other > base).min(Long::compare).orElse(end);
      if (segmentEnd <= plan.logPosition()) {
        continue;
      }
      int from = (int) (32 + Math.max(0, plan.logPosition() - base));
      int to = (int) (32 + segmentEnd - base);
      byte[] now = found.getOrDefault(base, new byte[0]);
      assertThat(now.length).as("segment %d of %s", base, what).isGreaterThanOrEqualTo(to);
      assertThat(Arrays.copyOfRange(now, from, to))
          .as("segment %d of %s", base, what)
          .isEqualTo(Arrays.copyOfRange(segment.getValue(), from, to));
    }
    assertThat(end).as("the log's end of %s", what).isEqualTo(logEnd(image));
  }

  private static Map<Long, byte[]> segments(Map<String, byte[]> contents) {
    Map<Long, byte[]> result = new TreeMap<>();
    contents.forEach(
        (path, bytes) -> {
          if (path.matches("log/[0-9]{20}\\.log")) {
            result.put(Long.parseLong(path.substring(4, 24)), bytes);
          }
        });
    return result;
  }

  private static final Map<String, Long> LOG_ENDS = new TreeMap<>();

  private static long logEnd(Image image) {
    return LOG_ENDS.computeIfAbsent(
        image.name(),
        name -> {
          byte[] durable = image.contents().get("log/durable-end");
          return java.nio.ByteBuffer.wrap(java.util.Objects.requireNonNull(durable)).getLong(8);
        });
  }

  private void startSome(Image image, List<List<Damage>> accepted) throws Exception {
    List<List<Damage>> chosen = new ArrayList<>(accepted);
    chosen.removeIf(
        damages -> !LAKE && damages.stream().anyMatch(d -> d.path().startsWith("lake")));
    Collections.shuffle(chosen, random);
    int count = STARTS.equals("all") ? chosen.size() : Integer.parseInt(STARTS) / 2;
    for (List<Damage> damages : chosen.subList(0, Math.min(count, chosen.size()))) {
      start(image, damages);
    }
  }

  /** The server starts and has every row; analytics has them too, or says what it lacks. */
  private void start(Image image, List<Damage> damages) throws Exception {
    prepare(image, damages, true);
    String what = image.name() + ", seed " + SEED + ": " + damages;
    try (EmbeddedServer server = EmbeddedServer.start(options());
        Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = 'state'");
      for (Map.Entry<String, List<String>> table : EXPECTED.entrySet()) {
        assertThat(rows(statement, table.getKey())).as(what).isEqualTo(table.getValue());
      }
      statement.execute("SET omendb.route = 'flink'");
      statement.setQueryTimeout(60);
      for (Map.Entry<String, List<String>> table : EXPECTED.entrySet()) {
        @Nullable List<String> found = null;
        try {
          found = rows(statement, table.getKey());
        } catch (SQLException e) {
          boolean lake = damages.stream().anyMatch(damage -> damage.path().startsWith("lake"));
          if (!lake) {
            fail(what, e);
          }
        }
        if (found != null) {
          assertThat(found).as(what).isEqualTo(table.getValue());
        }
      }
    }
  }
}
