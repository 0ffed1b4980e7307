package io.omendb.jobs.runtime;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Where the lake committer finds the coordinator if it runs in the same JVM. */
final class CoordinationRegistry {
  private static final Map<String, Coordination> RUNNING = new ConcurrentHashMap<>();

  private CoordinationRegistry() {}

  /** A restarted job's coordinator takes the place of the former. */
  static void register(String databaseId, Coordination coordination) {
    RUNNING.put(databaseId, coordination);
  }

  static void unregister(String databaseId, Coordination coordination) {
    RUNNING.remove(databaseId, coordination);
  }

  static Optional<Coordination> find(String databaseId) {
    return Optional.ofNullable(RUNNING.get(databaseId));
  }
}
