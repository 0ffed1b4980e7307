package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.gateway.testing.Psql;
import io.omendb.gateway.testing.ServerProcess;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The 22 queries of TPC-H over all its tables: by its own choice of route, and with Flink forced,
 * OmenDB gives PostgreSQL's rows. {@code -Dtpch.scale} is 0.02 unless told otherwise, at which
 * lineitem and orders together are more than a query reads from state.
 */
class TpchQueriesTest {
  private static final double SCALE = Double.parseDouble(System.getProperty("tpch.scale", "0.02"));

  private static final Map<String, String> TABLES =
      Map.of(
          "region",
          "r_regionkey int PRIMARY KEY, r_name char(25) NOT NULL, r_comment varchar(152)",
          "nation",
          "n_nationkey int PRIMARY KEY, n_name char(25) NOT NULL, n_regionkey int NOT NULL,"
              + " n_comment varchar(152)",
          "part",
          "p_partkey int PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL,"
              + " p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL, p_size int NOT NULL,"
              + " p_container char(10) NOT NULL, p_retailprice numeric(15,2) NOT NULL,"
              + " p_comment varchar(23) NOT NULL",
          "supplier",
          "s_suppkey int PRIMARY KEY, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL,"
              + " s_nationkey int NOT NULL, s_phone char(15) NOT NULL, s_acctbal numeric(15,2) NOT"
              + " NULL, s_comment varchar(101) NOT NULL",
          "partsupp",
          "ps_partkey int NOT NULL, ps_suppkey int NOT NULL, ps_availqty int NOT NULL,"
              + " ps_supplycost numeric(15,2) NOT NULL, ps_comment varchar(199) NOT NULL, PRIMARY"
              + " KEY (ps_partkey, ps_suppkey)",
          "customer",
          "c_custkey int PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL,"
              + " c_nationkey int NOT NULL, c_phone char(15) NOT NULL, c_acctbal numeric(15,2) NOT"
              + " NULL, c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL",
          "orders",
          "o_orderkey bigint PRIMARY KEY, o_custkey int NOT NULL, o_orderstatus char(1) NOT NULL,"
              + " o_totalprice numeric(15,2) NOT NULL, o_orderdate date NOT NULL, o_orderpriority"
              + " char(15) NOT NULL, o_clerk char(15) NOT NULL, o_shippriority int NOT NULL,"
              + " o_comment varchar(79) NOT NULL",
          "lineitem",
          "l_orderkey bigint NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL, l_linenumber"
              + " int NOT NULL, l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2)"
              + " NOT NULL, l_discount numeric(15,2) NOT NULL, l_tax numeric(15,2) NOT NULL,"
              + " l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT"
              + " NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL, l_shipinstruct"
              + " char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL,"
              + " PRIMARY KEY (l_orderkey, l_linenumber)");

  private static ServerProcess server;
  private static LocalPostgres postgres;

  @BeforeAll
  static void load(@TempDir Path directory) throws Exception {
    postgres = LocalPostgres.start();
    server = ServerProcess.start(directory.resolve("data"));
    for (TpchTable<?> table : TpchTable.getTables()) {
      String name = table.getTableName();
      Path file = write(table.createGenerator(SCALE, 1, 1), directory.resolve(name + ".tbl"));
      for (Psql psql : List.of(Psql.to(server), Psql.to(postgres))) {
        psql.run("CREATE TABLE %s (%s)".formatted(name, TABLES.get(name)));
        psql.run("\\copy %s FROM '%s' WITH (DELIMITER '|')".formatted(name, file));
      }
    }
    Psql.to(postgres).run("ANALYZE");
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

  @Test
  void theGatewaysOwnChoiceGivesPostgresRows() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (Connection here = server.connect();
        Connection there = postgres.connect()) {
      for (String query : queries()) {
        compare("auto", query, here, there, wrong);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void forcedFlinkGivesPostgresRows() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (Connection here = server.connect();
        Connection there = postgres.connect();
        Statement set = here.createStatement()) {
      set.execute("SET omendb.route = 'flink'");
      for (String query : queries()) {
        compare("flink", query, here, there, wrong);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static void compare(
      String route, String query, Connection here, Connection there, List<String> wrong) {
    long start = System.nanoTime();
    List<String> got = answer(here, query);
    long millis = (System.nanoTime() - start) / 1_000_000;
    List<String> expected = answer(there, query);
    String name = query.substring(0, query.indexOf('\n'));
    System.out.printf("%s %s %d ms, %d rows%n", route, name, millis, expected.size());
    if (!got.equals(expected)) {
      wrong.add("%s%n  want %s%n  got  %s".formatted(name, first(expected), first(got)));
    }
  }

  private static List<String> first(List<String> rows) {
    return rows.subList(0, Math.min(5, rows.size()));
  }

  /** Each begins with a comment line that names it. */
  private static List<String> queries() throws IOException {
    try (InputStream in = TpchQueriesTest.class.getResourceAsStream("tpch-queries.sql")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      List<String> queries = new ArrayList<>();
      for (String query : text.split("(?m)^(?=-- Q)")) {
        if (!query.isBlank()) {
          queries.add(query);
        }
      }
      assertThat(queries).hasSize(22);
      return queries;
    }
  }

  private static List<String> answer(Connection connection, String query) {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(String.valueOf(result.getString(i)));
        }
        rows.add(String.join("|", row));
      }
      return rows;
    } catch (SQLException e) {
      return List.of("ERROR " + e.getSQLState() + " " + e.getMessage());
    }
  }
}
