package io.omendb.jobs.serve;

import java.util.Map;

/**
 * The right to read some tables at one CSN for as long as it is open: holds back version garbage
 * collection, trimming of changed-key sets, and lake snapshot expiry. Found by {@link #id()} in
 * this JVM by the sources of a Flink job.
 */
public interface SnapshotLease extends AutoCloseable {

  String id();

  /** S: what every reader under this lease sees. */
  long csn();

  /**
   * Per table id, the lake snapshot L to read and the CSN F that it is the state at, F at most S.
   */
  Map<Integer, LakeView> lakeViews();

  /**
   * {@code snapshotId} -1 and {@code csn} -1: the lake has nothing yet, everything comes from
   * state.
   */
  record LakeView(long snapshotId, long csn) {
    public static final LakeView NONE = new LakeView(-1, -1);
  }

  @Override
  void close();
}
