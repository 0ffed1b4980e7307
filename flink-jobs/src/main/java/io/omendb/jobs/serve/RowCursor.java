package io.omendb.jobs.serve;

/** A forward cursor over rows; confined to one thread; close it. */
public interface RowCursor extends AutoCloseable {

  boolean next();

  StoredRow current();

  @Override
  void close();
}
