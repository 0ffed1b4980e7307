package io.omendb.gateway.session;

import java.util.List;
import java.util.Random;

/** Random queries over the tables of {@link ExecutorAgainstPostgresTest}; always well-typed. */
final class RandomQueries {
  private final Random random;

  RandomQueries(Random random) {
    this.random = random;
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  String next() {
    return switch (random.nextInt(4)) {
      case 0 -> "SELECT %s, %s FROM t x WHERE %s".formatted(number(2), text(1), condition(2));
      case 1 ->
          "SELECT %s, count(*), %s(%s) FROM t x WHERE %s GROUP BY 1"
              .formatted(
                  pick("x.a", "x.f", "x.e", "x.a %% 3".replace("%%", "%")),
                  pick("sum", "min", "max", "avg", "count"),
                  pick("x.a", "x.b / 1000000", "x.c", "x.s", "x.n"),
                  condition(1));
      case 2 ->
          "SELECT x.id, y.id FROM t x %s JOIN t y ON %s WHERE %s"
              .formatted(
                  pick("", "LEFT", "RIGHT"),
                  pick("x.id = y.a", "x.a = y.a AND x.id < y.id", "x.id = y.id AND y.c > 0"),
                  condition(1));
      default ->
          "SELECT x.id FROM t x WHERE x.id %s (SELECT w.t_id FROM w WHERE %s) AND %s"
              .formatted(
                  pick("IN", "NOT IN"),
                  pick("w.id < 10", "w.q IS NULL", "w.t_id IS NOT NULL", "w.id = x.id"),
                  condition(1));
    };
  }

  private String condition(int depth) {
    if (depth == 0) {
      return pick("x.f", "x.a > 0", "x.e IS NULL", "x.id < 20", "x.c <> 5");
    }
    return switch (random.nextInt(8)) {
      case 0 -> "(%s AND %s)".formatted(condition(depth - 1), condition(depth - 1));
      case 1 -> "(%s OR %s)".formatted(condition(depth - 1), condition(depth - 1));
      case 2 -> "NOT %s".formatted(condition(depth - 1));
      case 3 -> "%s %s %s".formatted(number(1), pick("=", "<", ">", "<=", ">=", "<>"), number(1));
      case 4 -> "%s IS %s".formatted(condition(depth - 1), pick("TRUE", "NOT TRUE", "NOT FALSE"));
      case 5 -> "x.id %s %d".formatted(pick("=", "<", ">="), random.nextInt(60));
      case 6 -> "x.e %s %s".formatted(pick("=", "<", ">", "LIKE"), pick("'a%'", "'b2'", "x.v"));
      default ->
          "x.a %s (%s)".formatted(pick("IN", "NOT IN"), pick("1, 2, 3", "NULL, 4", "x.s, -1"));
    };
  }

  private String number(int depth) {
    if (depth == 0) {
      return pick("x.a", "x.s", "x.c", "x.n", "x.id", "3", "2.50", "NULL::int", "-7");
    }
    return switch (random.nextInt(5)) {
      case 0 -> "(%s %s %s)".formatted(number(depth - 1), pick("+", "-", "*"), number(depth - 1));
      case 1 -> "(%s / 7)".formatted(number(depth - 1));
      case 2 -> "COALESCE(%s, %s)".formatted(number(depth - 1), pick("0", "1.5"));
      case 3 ->
          "CASE WHEN %s THEN %s ELSE %s END"
              .formatted(condition(0), number(depth - 1), number(depth - 1));
      default -> number(0);
    };
  }

  private String text(int depth) {
    return depth == 0
        ? pick("x.e", "x.v", "'k'")
        : pick(List.of("lower(%s)", "(%s || '!')", "COALESCE(%s, 'n')", "%s")).formatted(text(0));
  }

  private String pick(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
