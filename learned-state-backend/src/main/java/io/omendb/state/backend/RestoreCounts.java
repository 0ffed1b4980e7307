package io.omendb.state.backend;

import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * From where a backend's run files came when it was restored. Written before the backend exists,
 * read by metric reporters after.
 */
final class RestoreCounts {

  private int localRuns;
  private int downloadedRuns;

  void addLocalRuns(int count) {
    localRuns += count;
  }

  void addDownloadedRun() {
    downloadedRuns++;
  }

  void register(MetricGroup operatorGroup) {
    MetricGroup group = operatorGroup.addGroup(StoreGauges.GROUP);
    int local = localRuns;
    int downloaded = downloadedRuns;
    group.gauge("restoredLocalRuns", (Gauge<Integer>) () -> local);
    group.gauge("restoredDownloadedRuns", (Gauge<Integer>) () -> downloaded);
  }
}
