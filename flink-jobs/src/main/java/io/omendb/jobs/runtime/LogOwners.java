package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakeReports;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import java.util.Optional;

/** Where the lake's work finds the log's owner if it runs in the same JVM. */
final class LogOwners {
  private static final ProcessRegistry<String, LogOwner> RUNNING =
      ProcessRegistry.of(Content.LOG_OWNERS);

  private LogOwners() {}

  /** A restarted job's coordinator takes the place of the former. */
  static void register(String databaseId, LogOwner owner) {
    RUNNING.replace(databaseId, owner);
  }

  static void unregister(String databaseId, LogOwner owner) {
    RUNNING.remove(databaseId, owner);
  }

  /** Finds it for the lake's work, wherever that runs. */
  static LakeReports.Finder lakeReports() {
    return databaseId -> find(databaseId).map(LakeReports.class::cast);
  }

  static Optional<LogOwner> find(String databaseId) {
    return Optional.ofNullable(RUNNING.get(databaseId));
  }
}
