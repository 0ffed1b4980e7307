package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.gateway.testing.Psql;
import io.omendb.gateway.testing.ServerProcess;
import io.trino.tpch.LineItemGenerator;
import io.trino.tpch.OrderGenerator;
import io.trino.tpch.TpchEntity;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TPC-H orders and lineitem, loaded by COPY through psql into OmenDB and into PostgreSQL: both
 * routes give PostgreSQL's answers. {@code -Dtpch.scale} is 0.1 unless told otherwise.
 */
class TpchTest {
  private static final double SCALE = Double.parseDouble(System.getProperty("tpch.scale", "0.1"));

  private static final String ORDERS =
      """
      CREATE TABLE orders (o_orderkey bigint PRIMARY KEY, o_custkey bigint NOT NULL, o_orderstatus char(1) NOT NULL,
        o_totalprice numeric(15,2) NOT NULL, o_orderdate date NOT NULL, o_orderpriority char(15) NOT NULL,
        o_clerk char(15) NOT NULL, o_shippriority int NOT NULL, o_comment varchar(79) NOT NULL)\
      """;
  private static final String LINEITEM =
      """
      CREATE TABLE lineitem (l_orderkey bigint NOT NULL, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL,
        l_linenumber int NOT NULL, l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL,
        l_discount numeric(15,2) NOT NULL, l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL,
        l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
        l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL,
        PRIMARY KEY (l_orderkey, l_linenumber))\
      """;

  private static final String Q1 =
      """
      SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
        sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
        sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
        avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc, count(*) AS count_order
      FROM lineitem WHERE l_shipdate <= date '1998-12-01' - interval '90' day
      GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus\
      """;
  private static final String Q6 =
      """
      SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
      WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1994-01-01' + interval '1' year
        AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24\
      """;
  private static final String JOIN =
      """
      SELECT o_orderpriority, count(*), sum(l_quantity) FROM orders JOIN lineitem ON o_orderkey = l_orderkey
      WHERE o_orderdate >= date '1996-01-01' AND l_shipmode = 'AIR' GROUP BY o_orderpriority ORDER BY 1\
      """;

  private static ServerProcess server;
  private static LocalPostgres postgres;

  @BeforeAll
  static void load(@TempDir Path directory) throws Exception {
    postgres = LocalPostgres.start();
    server = ServerProcess.start(directory.resolve("data"), List.of("-Xmx1500m"));
    Path orders = write(new OrderGenerator(SCALE, 1, 1), directory.resolve("orders.tbl"));
    Path lineitem = write(new LineItemGenerator(SCALE, 1, 1), directory.resolve("lineitem.tbl"));
    for (Psql psql : List.of(Psql.to(server), Psql.to(postgres))) {
      psql.run(ORDERS);
      psql.run(LINEITEM);
      psql.run("\\copy orders FROM '" + orders + "' WITH (DELIMITER '|')");
      psql.run("\\copy lineitem FROM '" + lineitem + "' WITH (DELIMITER '|')");
    }
  }

  private static Path write(Iterable<? extends TpchEntity> rows, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (TpchEntity row : rows) {
        String line = row.toLine();
        // dbgen ends each line with a delimiter, which COPY would take for one more column.
        out.write(line, 0, line.length() - 1);
        out.write('\n');
      }
    }
    return file;
  }

  @AfterAll
  static void stop() {
    server.close();
    postgres.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "flink"})
  void givesPostgresAnswers(String route) throws SQLException {
    for (String query : List.of(Q1, Q6, JOIN, "SELECT count(*) FROM lineitem")) {
      assertThat(answer(route, query)).as(query).isEqualTo(expected(query));
    }
  }

  @Test
  void analyticalQueriesGoToFlinkByThemselves() throws SQLException {
    assertThat(answer("auto", "EXPLAIN " + Q1).toString()).containsIgnoringCase("flink");
    assertThat(answer("auto", "EXPLAIN SELECT * FROM orders WHERE o_orderkey = 1").toString())
        .containsIgnoringCase("state");
  }

  private static List<List<String>> answer(String route, String query) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = '" + route + "'");
      return rows(statement, query);
    }
  }

  private static List<List<String>> expected(String query) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      return rows(statement, query);
    }
  }

  private static List<List<String>> rows(Statement statement, String query) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(query)) {
      int columnCount = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columnCount; i++) {
          row.add(String.valueOf(result.getString(i)));
        }
        rows.add(row);
      }
    }
    return rows;
  }
}
