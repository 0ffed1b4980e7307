package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same statements here and on PostgreSQL: same rows by text, or the same SQLSTATE. */
class ExecutorAgainstPostgresTest {
  private static final String[] SETUP = {
    "CREATE TABLE t (id int PRIMARY KEY, a int, b bigint, c numeric(10,2), d double precision, e"
        + " text, f boolean, g date, h timestamp, i timestamptz, s smallint, r real, v varchar(10),"
        + " n numeric)",
    "CREATE TABLE u (k1 int, k2 text, x numeric(12,4), y date, PRIMARY KEY (k1, k2))",
    "CREATE TABLE w (id int, t_id int, q text)",
    "CREATE TABLE lineitem (l_orderkey bigint, l_linenumber int, l_quantity numeric(15,2),"
        + " l_extendedprice numeric(15,2), l_discount numeric(15,2), l_tax numeric(15,2),"
        + " l_returnflag char(1), l_linestatus char(1), l_shipdate date, PRIMARY KEY (l_orderkey,"
        + " l_linenumber))"
  };
  private static SessionHarness ours;
  private static Connection theirs;

  @BeforeAll
  static void fill() throws SQLException {
    ours = new SessionHarness();
    theirs = LocalPostgres.shared().connect();
    try (Statement statement = theirs.createStatement()) {
      statement.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
      statement.execute("SET TimeZone = 'UTC'");
    }
    for (String sql : SETUP) {
      both(sql);
    }
    Random random = new Random(42);
    for (int id = 1; id <= 60; id++) {
      both(
          "INSERT INTO t VALUES (%d, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
              .formatted(
                  id,
                  orNull(random, random.nextInt(20) - 10),
                  orNull(random, random.nextLong() >> random.nextInt(60)),
                  orNull(random, decimal(random, 10000, 2)),
                  orNull(random, random.nextInt(1000) / 8.0),
                  orNull(
                      random, "'" + "abcäz€".charAt(random.nextInt(6)) + random.nextInt(5) + "'"),
                  orNull(random, random.nextBoolean()),
                  orNull(random, "date '2024-01-01' + " + random.nextInt(500)),
                  orNull(
                      random,
                      "timestamp '2024-02-28 23:59:59.123456' + interval '"
                          + random.nextInt(5000)
                          + " minutes'"),
                  orNull(random, "timestamptz '2024-03-30 12:00:00.5+02'"),
                  orNull(random, random.nextInt(100) - 50),
                  orNull(random, random.nextInt(1000) / 4.0),
                  orNull(random, "'v" + random.nextInt(9) + "'"),
                  orNull(random, withoutTrailingZeros(decimal(random, 100, random.nextInt(6))))));
      both(
          "INSERT INTO u VALUES (%d, '%s', %s, %s)"
              .formatted(
                  id % 7,
                  "k" + id,
                  orNull(random, decimal(random, 1000, 4)),
                  orNull(random, "date '1999-12-31'")));
      both(
          "INSERT INTO w VALUES (%d, %s, %s)"
              .formatted(id, orNull(random, random.nextInt(80)), orNull(random, "'q'")));
      both(
          "INSERT INTO lineitem VALUES (%d, %d, %d, %s, 0.0%d, 0.0%d, '%s', '%s', date '1994-01-01' + %d)"
              .formatted(
                  id / 4,
                  id % 4,
                  random.nextInt(50) + 1,
                  decimal(random, 90000, 2),
                  random.nextInt(10),
                  random.nextInt(9),
                  "ANR".charAt(random.nextInt(3)),
                  "OF".charAt(random.nextInt(2)),
                  random.nextInt(1500)));
    }
  }

  @AfterAll
  static void close() throws SQLException {
    ours.close();
    theirs.close();
  }

  private static String decimal(Random random, int bound, int scale) {
    return String.format(
        Locale.ROOT, "%." + scale + "f", (random.nextDouble() - 0.3) * random.nextInt(bound));
  }

  /** The display scale of a column without one is not stored. */
  private static String withoutTrailingZeros(String decimal) {
    return new BigDecimal(decimal).stripTrailingZeros().toPlainString();
  }

  private static Object orNull(Random random, Object value) {
    return random.nextInt(6) == 0 ? "NULL" : value;
  }

  private static void both(String sql) throws SQLException {
    ours.run(sql);
    try (Statement statement = theirs.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> onPostgres(String sql) {
    List<String> rows = new ArrayList<>();
    try (Statement statement = theirs.createStatement()) {
      if (statement.execute(sql)) {
        try (ResultSet result = statement.getResultSet()) {
          int columns = result.getMetaData().getColumnCount();
          while (result.next()) {
            List<String> cells = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
              String cell = result.getString(i);
              cells.add(cell == null ? "~" : cell);
            }
            rows.add(String.join("|", cells));
          }
        }
      } else {
        rows.add("count " + statement.getUpdateCount());
      }
    } catch (SQLException error) {
      return List.of("error " + error.getSQLState());
    }
    return rows;
  }

  private static List<String> here(String sql) {
    try {
      SessionHarness.Outcome outcome = ours.run(sql);
      if (outcome.tag().startsWith("SELECT")) {
        return outcome.rows();
      }
      return outcome.rows().isEmpty()
          ? List.of("count " + outcome.tag().replaceAll(".* ", ""))
          : outcome.rows();
    } catch (OmenException error) {
      return List.of("error " + error.code().sqlState());
    }
  }

  private static void same(String sql) {
    List<String> expected = new ArrayList<>(onPostgres(sql));
    List<String> actual = new ArrayList<>(here(sql));
    if (!sql.toUpperCase(Locale.ROOT).contains("ORDER BY")) {
      expected.sort(null);
      actual.sort(null);
    }
    assertThat(actual).as(sql).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM t WHERE id = 7",
        "SELECT id, a, b, c, e, f, g, h, i FROM t ORDER BY id",
        "SELECT id FROM t WHERE id IN (3, 5, 5, 900, 1) ORDER BY id DESC",
        "SELECT id FROM t WHERE id >= 10 AND id < 15",
        "SELECT id FROM t WHERE id > 50 ORDER BY id LIMIT 3 OFFSET 2",
        "SELECT * FROM u WHERE k1 = 3 ORDER BY k2",
        "SELECT * FROM u WHERE k1 = 3 AND k2 = 'k10'",
        "SELECT * FROM u WHERE k1 = 3 AND k2 > 'k2' ORDER BY k1, k2",
        "SELECT id FROM t WHERE id = 7.0",
        "SELECT id FROM t WHERE id = 7.5",
        "SELECT id FROM t WHERE id > 55.5",
        "SELECT id FROM t WHERE id = 99999999999",
        "SELECT id FROM t WHERE id = NULL",
        "SELECT id FROM t WHERE a = 3 OR a IS NULL",
        "SELECT id FROM t WHERE NOT (a > 3)",
        "SELECT id FROM t WHERE a NOT IN (1, 2, NULL)",
        "SELECT id FROM t WHERE a BETWEEN -3 AND 4 AND f",
        "SELECT id FROM t WHERE f IS NOT TRUE",
        "SELECT id FROM t WHERE a IS DISTINCT FROM 3",
        "SELECT id, CASE WHEN a > 3 THEN 'big' WHEN a < 0 THEN 'neg' END FROM t ORDER BY id",
        "SELECT id, COALESCE(a, -1), NULLIF(a, 3) FROM t ORDER BY id",
        "SELECT a + b FROM t",
        "SELECT a + s, a * 2, a / 3, a % 3, -a FROM t",
        "SELECT c / 3, c * c, c + n, c - n FROM t",
        "SELECT n / 7 FROM t",
        "SELECT c / n FROM t WHERE n <> 0",
        "SELECT d / 3, d * d, r * 2, r + d FROM t",
        "SELECT 1 / 0",
        "SELECT 1.0 / 0",
        "SELECT 2147483647 + 1",
        "SELECT 9223372036854775807 + 1",
        "SELECT (-2147483648) / (-1)",
        "SELECT (-32768)::smallint / (-1)::smallint",
        "SELECT 1e308 * 10, 1e308::float8 * 10",
        "SELECT 32768::smallint",
        "SELECT 2.5::int, 3.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int",
        "SELECT '12'::int, ' 12 '::int, 'x'::int",
        "SELECT '12'::int, ' 12 '::int",
        "SELECT 123.456::numeric(5,1), 99999::numeric(3,0)",
        "SELECT 123.456::numeric(5,1), 0.005::numeric(4,2), -0.005::numeric(4,2)",
        "SELECT 'abcdef'::varchar(3), 'ab'::char(4) || 'x', 12345::text",
        "SELECT true::text, 1::boolean, 'yes'::boolean",
        "SELECT date '2024-03-01' - date '2024-02-28', date '2024-02-28' + 2",
        "SELECT timestamp '2024-01-31 10:00' + interval '1 month', timestamp '2024-03-31' -"
            + " interval '1 month'",
        "SELECT timestamp '2024-01-31 10:00' - timestamp '2023-12-25 08:30:15.25'",
        "SELECT date_trunc('hour', timestamp '2024-01-31 10:20:30.5'), date_trunc('month', h) FROM"
            + " t",
        "SELECT extract(year from g), extract(dow from g), extract(epoch from h) FROM t",
        "SELECT g::timestamp, h::date, i::date, h::time FROM t",
        "SELECT round(2.5), round(-2.5), round(1.005, 2), trunc(1.999, 1), ceil(1.2), floor(-1.2)",
        "SELECT abs(-5), sign(-2.5), sqrt(2::float8), power(2, 10), mod(17, 5)",
        "SELECT upper(v), lower(v), length(e), e || '!' FROM t",
        "SELECT substring('abcdef' from 2 for 3), position('c' in 'abc'), trim('  x '),"
            + " replace('aXb', 'X', '-')",
        "SELECT id FROM t WHERE e LIKE 'a%' OR e LIKE '_1'",
        "SELECT count(*), count(a), count(DISTINCT a), sum(a), sum(b), sum(c), min(e), max(e),"
            + " min(g), max(h) FROM t",
        "SELECT avg(a), avg(c), avg(d), avg(s) FROM t",
        "SELECT sum(a), avg(a), min(a), count(*) FROM t WHERE false",
        "SELECT a, count(*), sum(c) FROM t GROUP BY a ORDER BY a NULLS FIRST",
        "SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 2 ORDER BY 2 DESC, 1",
        "SELECT f, a % 2, sum(d) FROM t GROUP BY f, a % 2",
        "SELECT DISTINCT a FROM t ORDER BY a DESC",
        "SELECT count(*) FILTER (WHERE a > 0), bool_and(f), bool_or(f) FROM t",
        "SELECT sum(DISTINCT a) FROM t",
        "SELECT e FROM t ORDER BY e, id",
        "SELECT id, c FROM t ORDER BY c DESC NULLS LAST, id LIMIT 10",
        "SELECT t.id, u.x FROM t JOIN u ON t.id = u.k1 ORDER BY t.id, u.k2",
        "SELECT t.id, w.q FROM t LEFT JOIN w ON w.t_id = t.id ORDER BY t.id, w.id",
        "SELECT t.id, w.id FROM t RIGHT JOIN w ON w.t_id = t.id",
        "SELECT t.id, w.id FROM t FULL JOIN w ON w.t_id = t.id AND t.a > 0",
        "SELECT count(*) FROM t, w WHERE t.id = w.t_id AND t.a > 1",
        "SELECT w.id, t.e FROM w JOIN t ON t.id = w.t_id WHERE w.id < 10",
        "SELECT w.id, t.e FROM w, t WHERE t.id = w.t_id AND t.id = 12",
        "SELECT count(*) FROM t a CROSS JOIN t b WHERE a.a < b.a",
        "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM w WHERE w.t_id = t.id)",
        "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM w WHERE w.t_id = t.id)",
        "SELECT id FROM t WHERE id IN (SELECT t_id FROM w)",
        "SELECT id FROM t WHERE id NOT IN (SELECT t_id FROM w)",
        "SELECT id FROM t WHERE id NOT IN (SELECT t_id FROM w WHERE t_id IS NOT NULL)",
        "SELECT id, (SELECT count(*) FROM w WHERE w.t_id = t.id) FROM t ORDER BY id",
        "SELECT (SELECT max(id) FROM w), (SELECT id FROM t WHERE id = -1)",
        "SELECT (SELECT id FROM t)",
        "SELECT id FROM t WHERE a = (SELECT max(a) FROM t)",
        "SELECT * FROM (SELECT a, count(*) AS n FROM t GROUP BY a) z WHERE n > 3 ORDER BY a",
        "WITH x AS (SELECT id FROM t WHERE a > 0) SELECT count(*) FROM x",
        "SELECT a FROM t UNION SELECT id FROM w ORDER BY 1",
        "SELECT a FROM t UNION ALL SELECT a FROM t",
        "SELECT a FROM t INTERSECT SELECT id FROM w",
        "SELECT a FROM t EXCEPT SELECT id FROM w",
        "SELECT a FROM t EXCEPT ALL SELECT id FROM w",
        "SELECT id, row_number() OVER (PARTITION BY a ORDER BY id DESC) FROM t",
        "SELECT id, rank() OVER (ORDER BY a), dense_rank() OVER (ORDER BY a NULLS FIRST),"
            + " row_number() OVER (ORDER BY id) FROM t ORDER BY id",
        "SELECT * FROM (SELECT id, a, row_number() OVER (PARTITION BY a ORDER BY c DESC NULLS LAST,"
            + " id) AS n FROM t WHERE id > 3) z WHERE n <= 2 AND a > 0 ORDER BY a, n",
        "SELECT id, rank() OVER (PARTITION BY a % 2 ORDER BY b + 1) + 1 FROM t ORDER BY rank() OVER"
            + " (PARTITION BY a % 2 ORDER BY b + 1), id",
        "SELECT row_number() OVER () FROM t",
        "SELECT DISTINCT dense_rank() OVER (ORDER BY a) FROM t ORDER BY 1",
        "SELECT t.id, w.q, row_number() OVER (PARTITION BY t.id ORDER BY w.id) FROM t JOIN w ON"
            + " w.t_id = t.id ORDER BY t.id, w.id",
        "SELECT id, (SELECT count(*) FROM w WHERE w.t_id = t.id), row_number() OVER (ORDER BY id)"
            + " FROM t ORDER BY id",
        "SELECT id FROM t WHERE id IN (SELECT n FROM (SELECT row_number() OVER (ORDER BY id) AS n"
            + " FROM w) z WHERE n < 5)",
        "VALUES (1, 'a'), (2, NULL)",
        "SELECT * FROM generate_series(1, 5)",
        "SELECT sum(x) FROM generate_series(10, 1, -3) AS g(x)",
        "SELECT x FROM generate_series(1, 3) x, t WHERE t.id = x",
        "SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice),"
            + " sum(l_extendedprice * (1 - l_discount)), sum(l_extendedprice * (1 - l_discount) *"
            + " (1 + l_tax)), avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*) FROM"
            + " lineitem WHERE l_shipdate <= date '1998-12-01' - interval '90' day GROUP BY"
            + " l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus",
        "SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem WHERE l_shipdate >= date"
            + " '1994-01-01' AND l_shipdate < date '1994-01-01' + interval '1' year AND l_discount"
            + " BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24",
        "SELECT * FROM lineitem WHERE l_returnflag = 'R' AND l_linestatus = 'F ' ORDER BY 1, 2",
        "SELECT missing FROM t",
        "SELECT * FROM missing",
        "SELECT e + 1 FROM t",
        "SELECT id FROM t LIMIT -1",
        "SELECT a FROM t GROUP BY id",
        "SELECT a, sum(b) FROM t"
      })
  void query(String sql) {
    same(sql);
  }

  /** Calcite derives other types for numerics than PostgreSQL when it takes correlations apart. */
  @Test
  void correlatedSubqueriesOverEveryType() throws SQLException {
    for (String value :
        List.of(
            "min(c) * 0.2",
            "0.2 * max(x.c)",
            "min(c) + 1",
            "max(c) - min(n)",
            "coalesce(min(c), 0.5)",
            "coalesce(max(a), 7)",
            "CASE WHEN min(c) > 0 THEN 1 ELSE min(c) END",
            "CASE WHEN count(*) > 1 THEN 0.5 END",
            "nullif(min(c), 1)",
            "greatest(min(c), max(n), 1)",
            "min(n)::numeric(8,1) * 2",
            "max(b) * min(s)",
            "avg(a) / 2",
            "sum(c) * count(*)",
            "max(d) * 2",
            "-min(c)",
            "round(min(c), 1)",
            "max(g) + 1",
            "max(h) - min(h)",
            "max(i) + interval '1 day'",
            "min(e) || max(v)",
            "length(min(e))",
            "extract(year FROM max(g))",
            "count(*) * 0.5",
            "bool_or(f) IS NULL")) {
      same(
          "SELECT id, (SELECT %s FROM t x WHERE x.s = t.s AND x.id < t.id) FROM t"
              .formatted(value));
      same(
          "SELECT id FROM t WHERE (SELECT %s FROM t x WHERE x.s = t.s AND x.id < t.id) IS NULL"
              .formatted(value));
    }
    for (String value : List.of("min(c) * 0.2", "coalesce(max(n), 0.5)", "min(c) + count(*)")) {
      same("SELECT id FROM t WHERE c < (SELECT %s FROM t x WHERE x.f = t.f)".formatted(value));
    }
  }

  @Test
  void changes() {
    for (String sql :
        List.of(
            "CREATE TABLE m (id int PRIMARY KEY, a int DEFAULT 5, b varchar(3), c numeric(4,1) NOT"
                + " NULL)",
            "INSERT INTO m (id, c) VALUES (1, 1.25), (2, 2)",
            "INSERT INTO m VALUES (3, NULL, 'abc', 999.94)",
            "INSERT INTO m VALUES (1, 1, 'x', 1)",
            "INSERT INTO m VALUES (4, 1, 'abcd', 1)",
            "INSERT INTO m VALUES (4, 1, 'x', 1000)",
            "INSERT INTO m (id) VALUES (4)",
            "INSERT INTO m VALUES (NULL, 1, 'x', 1)",
            "INSERT INTO m SELECT id + 100, a, 'i', 1 FROM t WHERE id <= 10",
            "SELECT * FROM m ORDER BY id",
            "UPDATE m SET a = a + 1 WHERE id = 1",
            "UPDATE m SET a = id * 2, b = NULL WHERE id > 100",
            "UPDATE m SET id = id + 1000 WHERE id > 105",
            "UPDATE m SET id = 2 WHERE id = 1",
            "UPDATE m SET c = NULL WHERE id = 1",
            "UPDATE m SET a = 2147483647 + a WHERE id = 1",
            "SELECT * FROM m ORDER BY id",
            "DELETE FROM m WHERE id = 3",
            "DELETE FROM m WHERE a > 200",
            "DELETE FROM m WHERE id IN (SELECT id FROM t)",
            "SELECT * FROM m ORDER BY id",
            "TRUNCATE m",
            "SELECT count(*) FROM m",
            "DROP TABLE m",
            "SELECT * FROM m",
            "CREATE TABLE IF NOT EXISTS t (id int)",
            "CREATE TABLE t (id int)",
            "DROP TABLE IF EXISTS nope",
            "DROP TABLE nope")) {
      if (sql.startsWith("TRUNCATE") || sql.startsWith("DROP") || sql.startsWith("CREATE")) {
        sameError(sql);
      } else {
        same(sql);
      }
    }
  }

  private static void sameError(String sql) {
    assertThat(here(sql).get(0).startsWith("error") ? here(sql) : List.of())
        .as(sql)
        .isEqualTo(onPostgres(sql).get(0).startsWith("error") ? onPostgres(sql) : List.of());
  }

  @Test
  void randomQueries() {
    long seed = Long.getLong("seed", System.nanoTime());
    RandomQueries queries = new RandomQueries(new Random(seed));
    for (int i = 0; i < 400; i++) {
      String sql = queries.next();
      List<String> expected = new ArrayList<>(onPostgres(sql));
      List<String> actual = new ArrayList<>(here(sql));
      expected.sort(null);
      actual.sort(null);
      assertThat(actual).as("seed %d: %s", seed, sql).isEqualTo(expected);
    }
  }
}
