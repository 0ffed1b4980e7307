package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.ErrorCode;
import java.util.List;
import java.util.Set;

/**
 * The collations that there are: text compares by code point, which has several names. COLLATE with
 * one of them says what happens anyway.
 */
public final class Collations {
  private static final Set<String> NAMES = Set.of("C", "POSIX", "ucs_basic", "default");

  private Collations() {}

  /** UNDEFINED_OBJECT for any other collation, as PostgreSQL says of one that it lacks. */
  public static void require(List<String> name, int position) {
    boolean known = NAMES.contains(name.get(name.size() - 1));
    boolean inCatalog = name.size() == 1 || name.get(name.size() - 2).equals("pg_catalog");
    if (!known || !inCatalog) {
      throw new SqlException(
          ErrorCode.UNDEFINED_OBJECT,
          "collation \"%s\" for encoding \"UTF8\" does not exist".formatted(String.join(".", name)),
          position);
    }
  }
}
