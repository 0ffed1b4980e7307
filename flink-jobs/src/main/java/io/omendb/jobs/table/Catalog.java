package io.omendb.jobs.table;

import java.util.Collection;
import java.util.Optional;

/** All tables as of one CSN; immutable. */
public interface Catalog {

  /** Rises with every DDL commit; a cached plan holds for one version. */
  long version();

  Optional<TableSchema> table(String namespace, String name);

  Optional<TableSchema> table(int tableId);

  Collection<TableSchema> tables();
}
