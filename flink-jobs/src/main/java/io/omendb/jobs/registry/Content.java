package io.omendb.jobs.registry;

/**
 * All registries of a process: what lives in each, by what, and for how long. Tasks of Flink and
 * the gateway around them find each other through these, since Flink makes tasks by itself and
 * hands them nothing but their job. After an orderly stop of the server each is empty.
 *
 * <p>Not here, since nobody has to take it out: caches, constants, and the store's background
 * threads, which end when idle.
 */
public enum Content {
  /** By real path: until the log that has the directory is closed; a newer log takes it over. */
  LOG_DIRECTORIES,

  /** Owners of commit logs by database id: from their reader's start until it ends. */
  LOG_OWNERS,

  /** By database id: while its coordinator serves; that of a newer epoch takes the place. */
  DATABASES,

  /** Why a database serves no more, by its id: until it serves again or its server stops. */
  FAILED_DATABASES,

  /** Who holds which shard, by database id: from its first use until its server stops. */
  SHARD_DIRECTORIES,

  /** Open lake catalogs by their properties: until the last user of one closes it. */
  LAKES,

  /** Open leases by their id: until the lease is closed. */
  LEASES,

  /** The lease that a query's job reads under, by job id: until the lease is closed. */
  LEASES_OF_JOBS,

  /** Where a query's rows go and what it evaluates, by job id: until the statement is over. */
  RUNNING_QUERIES,

  /** Flink clusters in this process by database id: until they are closed. */
  CLUSTERS,

  /** The sessions that Flink's gateway serves, and its endpoint: until the server stops. */
  POSTGRESQL_ENDPOINT
}
