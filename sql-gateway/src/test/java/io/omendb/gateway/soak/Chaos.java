package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.IcebergReads;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * What goes wrong during the run, one thing after the other: the server is killed and started
 * again, the lake's catalog is locked by somebody else, and, once, somebody commits to a managed
 * table.
 */
final class Chaos implements Runnable {
  /** The table that gets the foreign commit. */
  static final String VICTIM = "victim";

  private static final double FOREIGN_COMMIT_AT = 0.4;

  private final SoakRun run;
  private final SplittableRandom random;
  private final Duration pause;
  private final Duration lockedMax;
  private int locks;
  private boolean foreignCommitMade;

  /** {@code pause} lies between two faults; the catalog is away for up to {@code lockedMax}. */
  Chaos(SoakRun run, Duration pause, Duration lockedMax) {
    this.run = run;
    this.random = run.random(2_000);
    this.pause = pause;
    this.lockedMax = lockedMax;
  }

  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE " + VICTIM + " (id int PRIMARY KEY, n bigint NOT NULL)");
      statement.execute("INSERT INTO " + VICTIM + " VALUES (1, 0)");
    }
  }

  @Override
  public void run() {
    try {
      for (run.pause(pause); !run.over(); run.pause(pause)) {
        if (!foreignCommitMade && run.progress() >= FOREIGN_COMMIT_AT) {
          commitFromOutside();
        } else if (random.nextBoolean()) {
          run.killServer();
        } else {
          lockCatalog();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | SQLException | RuntimeException e) {
      run.fail(e);
    }
  }

  private void lockCatalog() throws SQLException {
    Path catalog = run.server().lakeDirectory().resolve("catalog.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + catalog);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 30000");
      statement.execute("BEGIN EXCLUSIVE");
      locks++;
      run.pause(Duration.ofMillis(random.nextLong(1_000, lockedMax.toMillis())));
      statement.execute("ROLLBACK");
    }
  }

  private void commitFromOutside() {
    Table table = IcebergReads.awaitTable(run.server().lakeDirectory(), "public." + VICTIM);
    table.newAppend().commit();
    foreignCommitMade = true;
  }

  /** What the trouble's advice says: the table goes on from its last snapshot of ours. */
  void rollBackForeignCommit() {
    Table table = IcebergReads.awaitTable(run.server().lakeDirectory(), "public." + VICTIM);
    Snapshot foreign = table.currentSnapshot();
    assertThat(foreign.summary()).doesNotContainKey("omendb.csn");
    table.manageSnapshots().rollbackTo(Objects.requireNonNull(foreign.parentId())).commit();
  }

  boolean foreignCommitMade() {
    return foreignCommitMade;
  }

  @Override
  public String toString() {
    return "%d kills, catalog locked %d times, foreign commit: %s"
        .formatted(run.kills(), locks, foreignCommitMade);
  }

  /** Keeps writing to the table with the foreign commit: transactions on it go on. */
  static final class VictimWriter extends SoakClient {
    private long acknowledged;
    private long unsure;

    VictimWriter(SoakRun run) {
      super(run);
    }

    @Override
    void step(Connection connection) throws SQLException {
      unsure++;
      try (Statement statement = connection.createStatement()) {
        statement.execute("UPDATE " + VICTIM + " SET n = n + 1 WHERE id = 1");
      }
      acknowledged++;
      unsure--;
      soak().pause(Duration.ofMillis(50));
    }

    /** What the counter is at least after the run. */
    long acknowledged() {
      return acknowledged;
    }

    /** What it is at most: with the writes of unknown outcome. */
    long attempted() {
      return acknowledged + unsure;
    }
  }
}
