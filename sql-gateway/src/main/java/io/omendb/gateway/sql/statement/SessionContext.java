package io.omendb.gateway.sql.statement;

import java.time.ZoneId;
import java.util.List;

/**
 * What of its session a statement's plan may depend on. {@code searchPath} names schemas in order;
 * pg_catalog is searched before them where it is not among them.
 */
public record SessionContext(ZoneId zone, List<String> searchPath, String user, String database) {
  public SessionContext {
    searchPath = List.copyOf(searchPath);
  }
}
