package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/** Makes, fills, reads and drops tables whose names and columns are as odd as PostgreSQL allows. */
final class OddTables extends SoakClient {
  private static final int KEPT_MAX = 8;
  private static final int NAME_BYTES_MAX = 63;
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final List<String> PIECES =
      List.of(
          "a",
          "Z",
          "7",
          " ",
          "\\",
          "\"",
          "'",
          "`",
          "$",
          "{x}",
          "<y>",
          "[z]",
          "|",
          "^",
          "%41",
          "%",
          "#",
          "?",
          "/",
          "..",
          ".",
          ":",
          ";",
          "&",
          "*",
          "~",
          "\t",
          "\n",
          "\u0001",
          "\u007f",
          "é",
          "Ω",
          "ſ",
          "İ",
          "漢",
          "\u202e",
          "\u200b",
          "\ud83d\ude00",
          "e\u0301",
          "$row",
          "--",
          "/*");

  /** A table whose rows are known. */
  record Kept(String name) {
    String quoted() {
      return quotedName(name);
    }
  }

  private static String quotedName(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private final SplittableRandom random;
  private final Deque<Kept> kept = new ArrayDeque<>();
  private int made;

  OddTables(SoakRun run) {
    super(run);
    this.random = run.random(1_000);
  }

  private String oddName(String prefix) {
    StringBuilder name = new StringBuilder(prefix);
    int length = random.nextInt(1, 12);
    for (int i = 0; i < length; i++) {
      String piece = PIECES.get(random.nextInt(PIECES.size()));
      if ((name + piece).getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX) {
        name.append(piece);
      }
    }
    return name.toString();
  }

  @Override
  void step(Connection connection) throws SQLException {
    // The number keeps a name from coming twice, also after an unknown outcome.
    Kept odd = new Kept(oddName(++made + "_"));
    String table = odd.quoted();
    String key = quotedName(oddName("k"));
    String value = quotedName(oddName("v"));
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE %s (%s int PRIMARY KEY, %s text)".formatted(table, key, value));
      statement.execute("INSERT INTO %s VALUES (1, 'one'), (2, 'two'), (3, NULL)".formatted(table));
      kept.add(odd);
      check(statement, table);
      if (kept.size() > KEPT_MAX) {
        statement.execute("DROP TABLE " + kept.remove().quoted());
      }
    }
    soak().pause(PAUSE);
  }

  private static void check(Statement statement, String table) throws SQLException {
    for (String route : List.of("state", "flink")) {
      statement.execute("SET omendb.route = '" + route + "'");
      StringBuilder found = new StringBuilder();
      try (ResultSet rows = statement.executeQuery("SELECT * FROM " + table + " ORDER BY 1")) {
        while (rows.next()) {
          found.append(rows.getInt(1)).append('=').append(rows.getString(2)).append(' ');
        }
      }
      assertThat(found).as("%s, route %s", table, route).hasToString("1=one 2=two 3=null ");
    }
  }

  /** After the run: the tables that were kept have their rows. */
  void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (Kept table : kept) {
        check(statement, table.quoted());
      }
    }
  }

  /** The tables that are there after the run. */
  List<Kept> kept() {
    return List.copyOf(kept);
  }

  @Override
  public String toString() {
    return made + " odd tables";
  }
}
