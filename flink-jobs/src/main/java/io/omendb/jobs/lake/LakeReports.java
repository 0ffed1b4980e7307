package io.omendb.jobs.lake;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeTable.LakeCut;
import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who is told of the lake's work: the coordinator, where it is in this JVM. Thread-safe. */
public interface LakeReports {

  /** The lake has a table's cut: to be logged, once. */
  void lakePublished(int tableId, LakeCut cut);

  /**
   * Some part of the work for a table failed, and is tried again; null: it goes on. {@code part}
   * tells the parts of one table from each other.
   */
  void lakeTrouble(int tableId, String part, @Nullable LakeException trouble);

  /** Finds it, by the database's id, whenever there is something to tell. */
  interface Finder extends Serializable {
    Optional<LakeReports> find(String databaseId);
  }
}
