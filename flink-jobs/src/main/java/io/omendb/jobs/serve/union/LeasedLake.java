package io.omendb.jobs.serve.union;

import io.omendb.lake.LakeCatalog;

/** The lake's catalog for as long as a reader needs it. */
public interface LeasedLake extends AutoCloseable {
  LakeCatalog catalog();

  @Override
  void close();
}
