package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL 15 has, so that what is missing here is told from what does not exist: functions
 * and operators with their argument types, and types. Immutable; read at first use from {@code
 * postgres-names.txt}.
 */
public final class PostgresNames {
  private static final String NONE = "-";

  /** {@code defaults} of the last arguments may be left out, the last repeated if variadic. */
  private record Signature(List<String> arguments, int defaults, boolean variadic) {

    boolean takes(List<PgType> given, BiPredicate<PgType, PgType> coercible) {
      int declared = arguments.size();
      if (given.size() < declared - defaults - (variadic ? 1 : 0)
          || (given.size() > declared && !variadic)) {
        return false;
      }
      for (int i = 0; i < given.size(); i++) {
        String type = arguments.get(Math.min(i, declared - 1));
        if (!(variadic && i >= declared - 1) && !accepts(type, given.get(i), coercible)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final Map<String, List<Signature>> FUNCTIONS = new HashMap<>();
  private static final Map<String, List<Signature>> OPERATORS = new HashMap<>();
  private static final Set<String> TYPES = new HashSet<>();

  static {
    try (InputStream in = PostgresNames.class.getResourceAsStream("postgres-names.txt")) {
      if (in == null) {
        throw new IllegalStateException("postgres-names.txt is not beside its class");
      }
      new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(PostgresNames::read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PostgresNames() {}

  private static void read(String line) {
    List<String> words = List.of(line.split(" "));
    switch (words.get(0)) {
      case "f" ->
          FUNCTIONS
              .computeIfAbsent(words.get(1), name -> new ArrayList<>())
              .add(
                  new Signature(
                      words.subList(4, words.size()),
                      Integer.parseInt(words.get(2)),
                      words.get(3).equals("1")));
      case "o" -> {
        int first = words.get(2).equals(NONE) ? 3 : 2;
        OPERATORS
            .computeIfAbsent(words.get(1), name -> new ArrayList<>())
            .add(new Signature(words.subList(first, words.size()), 0, false));
      }
      case "t" -> TYPES.add(words.get(1));
      default -> {} // a comment
    }
  }

  /** Whether PostgreSQL has a function of that name for arguments of those types. */
  public static boolean hasFunction(
      String name, List<PgType> arguments, BiPredicate<PgType, PgType> coercible) {
    return has(FUNCTIONS, name, arguments, coercible);
  }

  /** Whether PostgreSQL has a function of that name at all. */
  public static boolean hasFunction(String name) {
    return FUNCTIONS.containsKey(name);
  }

  /** Whether PostgreSQL has an operator for operands of those types; one operand: a prefix. */
  public static boolean hasOperator(
      String name, List<PgType> operands, BiPredicate<PgType, PgType> coercible) {
    return has(OPERATORS, name, operands, coercible);
  }

  /** Whether PostgreSQL has a type of that {@code typname}, arrays aside. */
  public static boolean hasType(String name) {
    return TYPES.contains(name);
  }

  private static boolean has(
      Map<String, List<Signature>> table,
      String name,
      List<PgType> arguments,
      BiPredicate<PgType, PgType> coercible) {
    for (Signature signature : table.getOrDefault(name, List.of())) {
      if (signature.takes(arguments, coercible)) {
        return true;
      }
    }
    return false;
  }

  private static boolean accepts(
      String declared, PgType given, BiPredicate<PgType, PgType> coercible) {
    return switch (declared) {
      case "any", "anyelement", "anycompatible", "anynonarray", "anycompatiblenonarray" -> true;
      case "anyarray", "anycompatiblearray" -> RelTypes.isArray(given) || given == PgTypes.UNKNOWN;
      default -> {
        PgType known = typeOf(declared);
        yield known == null ? given == PgTypes.UNKNOWN : coercible.test(given, known);
      }
    };
  }

  private static @Nullable PgType typeOf(String name) {
    return PgTypes.byName(name.equals("char") ? "\"char\"" : name);
  }
}
