package io.omendb.gateway.session;

import java.util.Map;

/** Opens sessions; thread-safe. */
public interface SessionFactory {

  /**
   * Opens a session. {@code startupParameters} are the start-up message's (user, database,
   * application_name, settings); INVALID_CATALOG_NAME for an unknown database. {@code processId} is
   * what pg_backend_pid() returns.
   */
  Session open(Map<String, String> startupParameters, int processId);
}
