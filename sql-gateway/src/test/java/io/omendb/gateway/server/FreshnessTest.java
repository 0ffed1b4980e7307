package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import org.apache.iceberg.Table;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An analytical query sees every commit that was acknowledged before it began, while the lake moves
 * under it. {@code -Dfreshness.rounds=1000} for the long form.
 */
class FreshnessTest {
  private static final int ROUNDS = Integer.getInteger("freshness.rounds", 100);

  @Test
  void noRoundMissesTheCommit(@TempDir Path directory) throws Exception {
    try (ServerProcess server = ServerProcess.start(directory, "--cut-interval-ms", "500");
        Connection writer = server.connect();
        Connection reader = server.connect()) {
      try (Statement statement = writer.createStatement()) {
        statement.execute("CREATE TABLE fresh (id int PRIMARY KEY, amount bigint NOT NULL)");
      }
      try (Statement statement = reader.createStatement()) {
        statement.execute("SET omendb.route = 'flink'");
      }
      long sum = 0;
      try (PreparedStatement insert = writer.prepareStatement("INSERT INTO fresh VALUES (?, ?)");
          PreparedStatement update =
              writer.prepareStatement("UPDATE fresh SET amount = amount + 1 WHERE id = ?");
          PreparedStatement query =
              reader.prepareStatement("SELECT count(*), sum(amount) FROM fresh")) {
        for (int round = 0; round < ROUNDS; round++) {
          insert.setInt(1, round);
          insert.setLong(2, round * 10L);
          insert.executeUpdate();
          sum += round * 10L;
          // An old row too: its lake version must be masked, whether or not it is in the lake yet.
          update.setInt(1, round / 2);
          assertThat(update.executeUpdate()).isEqualTo(1);
          sum += 1;
          try (ResultSet row = query.executeQuery()) {
            row.next();
            assertThat(row.getLong(1)).as("rows in round %d", round).isEqualTo(round + 1);
            assertThat(row.getLong(2)).as("sum in round %d", round).isEqualTo(sum);
          }
        }
      }
      long expectedSum = sum;
      Table table = IcebergReads.load(server.lakeDirectory(), "public.fresh");
      Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                table.refresh();
                assertThat(
                        IcebergReads.rows(table).stream()
                            .mapToLong(r -> (Long) r.getField("amount"))
                            .sum())
                    .isEqualTo(expectedSum);
              });
      assertThat(table.snapshots()).as("lake commits ran meanwhile").hasSizeGreaterThan(2);
      assertThat(IcebergReads.equalityDeletes(table)).isEmpty();
    }
  }
}
