package io.omendb.gateway.sql.bind;

import io.omendb.jobs.ErrorCode;
import java.util.Locale;
import java.util.Set;

/**
 * PostgreSQL's storage parameters of tables. They tune pages, vacuum and TOAST, which do not exist
 * here, so there is nothing that they could change; names and values are checked all the same.
 */
final class StorageParameters {
  private static final int FILL_PERCENT_MIN = 10;
  private static final int FILL_PERCENT_MAX = 100;

  private static final Set<String> VACUUM =
      Set.of(
          "autovacuum_enabled",
          "autovacuum_vacuum_threshold",
          "autovacuum_vacuum_insert_threshold",
          "autovacuum_vacuum_scale_factor",
          "autovacuum_vacuum_insert_scale_factor",
          "autovacuum_analyze_threshold",
          "autovacuum_analyze_scale_factor",
          "autovacuum_vacuum_cost_delay",
          "autovacuum_vacuum_cost_limit",
          "autovacuum_freeze_min_age",
          "autovacuum_freeze_max_age",
          "autovacuum_freeze_table_age",
          "autovacuum_multixact_freeze_min_age",
          "autovacuum_multixact_freeze_max_age",
          "autovacuum_multixact_freeze_table_age",
          "log_autovacuum_min_duration",
          "vacuum_index_cleanup",
          "vacuum_truncate");

  private StorageParameters() {}

  /** Whether it is one; INVALID_PARAMETER_VALUE for a value that it cannot have. */
  static boolean isKnown(String name, String value, int position) {
    if (name.equals("fillfactor")) {
      requireFillFactor(value, position);
      return true;
    }
    if (name.equals("oids")) {
      if (!Set.of("false", "off", "0").contains(value.toLowerCase(Locale.ROOT))) {
        throw BindErrors.error(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "tables declared WITH OIDS are not supported",
            position);
      }
      return true;
    }
    String plain = name.startsWith("toast.") ? name.substring("toast.".length()) : name;
    return VACUUM.contains(plain) || name.equals("toast_tuple_target");
  }

  private static void requireFillFactor(String value, int position) {
    int percent;
    try {
      percent = Integer.parseInt(value);
    } catch (NumberFormatException notANumber) {
      throw BindErrors.error(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid value for integer option \"fillfactor\": %s".formatted(value),
          position);
    }
    if (percent < FILL_PERCENT_MIN || percent > FILL_PERCENT_MAX) {
      throw BindErrors.error(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "value %s out of bounds for option \"fillfactor\": from %d to %d"
              .formatted(value, FILL_PERCENT_MIN, FILL_PERCENT_MAX),
          position);
    }
  }
}
