package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Money that moves between accounts, each movement with an entry, in one transaction. Knows of
 * every movement whether it was acknowledged, refused, or of unknown outcome, so that at the end
 * nothing may be lost or there twice; and at every moment the sum of all balances is the same.
 */
final class Bank {
  private static final int ACCOUNTS = 200;
  private static final long BALANCE_AT_START = 1_000;
  private static final int WRITERS = 2;
  private static final Duration PAUSE = Duration.ofMillis(4);

  private final SoakRun run;
  private final List<Writer> writers = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong attempted = new AtomicLong();

  Bank(SoakRun run) {
    this.run = run;
  }

  void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL)");
      statement.execute(
          "CREATE TABLE entry (id bigint PRIMARY KEY, source int NOT NULL, target int NOT NULL,"
              + " amount bigint NOT NULL)");
      statement.execute(
          "INSERT INTO account SELECT g, %d FROM generate_series(0, %d) g"
              .formatted(BALANCE_AT_START, ACCOUNTS - 1));
    }
  }

  /** Those who move money, and those who look on, one for each route. */
  List<SoakClient> clients() {
    List<SoakClient> clients = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Writer writer = new Writer(run, i);
      writers.add(writer);
      clients.add(writer);
    }
    clients.add(new Auditor(run, "state"));
    clients.add(new Auditor(run, "flink"));
    return clients;
  }

  private final class Writer extends SoakClient {
    private final int number;
    private final SplittableRandom random;

    /** Bit s stands for entry s × WRITERS + number. */
    private final BitSet committed = new BitSet();

    private final BitSet unknown = new BitSet();
    private int sequence;

    Writer(SoakRun run, int number) {
      super(run);
      this.number = number;
      this.random = run.random(number);
    }

    @Override
    void step(Connection connection) throws SQLException {
      int mine = sequence++;
      attempted.incrementAndGet();
      boolean committing = false;
      try {
        connection.setAutoCommit(false);
        move(connection, (long) mine * WRITERS + number);
        committing = true;
        connection.commit();
        committed.set(mine);
        acknowledged.incrementAndGet();
      } catch (SQLException e) {
        String state = String.valueOf(e.getSQLState());
        boolean lostRace = state.equals("40001") || state.equals("40P01");
        if (committing && !lostRace) {
          unknown.set(mine);
        }
        if (!lostRace) {
          throw e;
        }
        connection.rollback();
      }
      soak().pause(PAUSE);
    }

    private void move(Connection connection, long entry) throws SQLException {
      int source = random.nextInt(ACCOUNTS);
      int target = random.nextInt(ACCOUNTS);
      long amount = random.nextLong(1, 100);
      add(connection, source, -amount);
      add(connection, target, amount);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO entry VALUES (?, ?, ?, ?)")) {
        insert.setLong(1, entry);
        insert.setInt(2, source);
        insert.setInt(3, target);
        insert.setLong(4, amount);
        insert.executeUpdate();
      }
    }

    private void add(Connection connection, int account, long amount) throws SQLException {
      try (PreparedStatement update =
          connection.prepareStatement("UPDATE account SET balance = balance + ? WHERE id = ?")) {
        update.setLong(1, amount);
        update.setInt(2, account);
        assertThat(update.executeUpdate()).as("account %d", account).isEqualTo(1);
      }
    }
  }

  /** Adds all balances up and counts all entries, both in one statement. */
  private final class Auditor extends SoakClient {
    private final String route;

    Auditor(SoakRun run, String route) {
      super(run);
      this.route = route;
    }

    @Override
    void step(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET omendb.route = '" + route + "'");
        long before = acknowledged.get();
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT a.n, a.total, e.n FROM (SELECT count(*) AS n, sum(balance) AS total FROM"
                    + " account) a CROSS JOIN (SELECT count(*) AS n FROM entry) e")) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getLong(1)).as("accounts, route %s", route).isEqualTo(ACCOUNTS);
          assertThat(rows.getLong(2))
              .as("sum of balances, route %s", route)
              .isEqualTo(ACCOUNTS * BALANCE_AT_START);
          assertThat(rows.getLong(3))
              .as("entries, route %s", route)
              .isBetween(before, attempted.get());
        }
      }
      soak().pause(PAUSE);
    }

    @Override
    public String toString() {
      return "Auditor of route " + route;
    }
  }

  /** After the run: every acknowledged entry is there once, and the balances are what they say. */
  void check(Connection connection, String route) throws SQLException {
    long[] balances = new long[ACCOUNTS];
    Arrays.fill(balances, BALANCE_AT_START);
    BitSet[] found = new BitSet[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
      found[i] = new BitSet();
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = '" + route + "'");
      try (ResultSet rows =
          statement.executeQuery("SELECT id, source, target, amount FROM entry")) {
        while (rows.next()) {
          long id = rows.getLong(1);
          BitSet of = found[(int) (id % WRITERS)];
          int sequence = Math.toIntExact(id / WRITERS);
          assertThat(of.get(sequence)).as("entry %d twice, route %s", id, route).isFalse();
          of.set(sequence);
          balances[rows.getInt(2)] -= rows.getLong(4);
          balances[rows.getInt(3)] += rows.getLong(4);
        }
      }
      for (Writer writer : writers) {
        BitSet lost = (BitSet) writer.committed.clone();
        lost.andNot(found[writer.number]);
        assertThat(lost)
            .as("acknowledged and lost, writer %d, route %s", writer.number, route)
            .isEqualTo(new BitSet());
        BitSet refused = (BitSet) found[writer.number].clone();
        refused.andNot(writer.committed);
        refused.andNot(writer.unknown);
        assertThat(refused)
            .as("refused and there, writer %d, route %s", writer.number, route)
            .isEqualTo(new BitSet());
      }
      try (ResultSet rows = statement.executeQuery("SELECT id, balance FROM account ORDER BY id")) {
        for (int id = 0; id < ACCOUNTS; id++) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getInt(1)).isEqualTo(id);
          assertThat(rows.getLong(2)).as("account %d, route %s", id, route).isEqualTo(balances[id]);
        }
        assertThat(rows.next()).isFalse();
      }
    }
  }

  @Override
  public String toString() {
    return "%d movements acknowledged of %d".formatted(acknowledged.get(), attempted.get());
  }
}
