package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.pgcatalog.PgCatalog.Filler;
import io.omendb.jobs.serve.LakeTableState;
import io.omendb.jobs.serve.LakeTableState.Trouble;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** omendb.lake_tables: how each table stands in the lake, and what keeps it from going on. */
final class LakeRows {
  private LakeRows() {}

  static void register(Map<String, Filler> fillers, Supplier<List<LakeTableState>> lake) {
    fillers.put("omendb.lake_tables", (rows, context) -> tables(rows, lake.get()));
  }

  private static void tables(Rows rows, List<LakeTableState> lake) {
    for (LakeTableState table :
        lake.stream().sorted(Comparator.comparingInt(LakeTableState::tableId)).toList()) {
      Rows row =
          rows.add()
              .set("schema_name", table.namespace())
              .set("table_name", table.name())
              .set("table_id", table.tableId())
              .set("lake_identifier", table.identifier())
              .set("lake_csn", known(table.lakeCsn()))
              .set("cut_under_way", known(table.outstandingCut()))
              .set("behind_bytes", table.behindBytes());
      Trouble trouble = table.trouble();
      if (trouble != null) {
        row.set("error_class", trouble.reason())
            .set("error", trouble.message())
            .set("error_since", trouble.sinceMicros())
            .set("attempts", trouble.attempts())
            .set("what_to_do", trouble.advice());
      }
    }
  }

  private static @Nullable Long known(long csn) {
    return csn < 0 ? null : csn;
  }
}
