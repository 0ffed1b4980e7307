package io.omendb.jobs.runtime;

import io.omendb.jobs.recovery.LakeRebuild;
import io.omendb.jobs.recovery.LakeRows;
import io.omendb.jobs.serve.shard.LocationCodec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** All that a database would begin with, as text. */
final class LakeDump {
  private LakeDump() {}

  static List<String> of(LakeRebuild rebuild) {
    HexFormat hex = HexFormat.of();
    List<String> result = new ArrayList<>();
    for (int tableId : rebuild.tables().keySet()) {
      result.add(tableId + " " + rebuild.cut(tableId));
      try (LakeRows rows = rebuild.rows(tableId)) {
        while (rows.next()) {
          result.add(
              "%s %s %s"
                  .formatted(
                      hex.formatHex(rows.key()),
                      hex.formatHex(rows.row()),
                      LocationCodec.decode(rows.location())));
        }
      }
    }
    result.sort(null);
    return result;
  }
}
