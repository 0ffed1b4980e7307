package io.omendb.state.backend.restore;

import io.omendb.state.backend.metric.StoreGauges;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * From where a backend's run files came when it was restored. Written before the backend exists,
 * read by metric reporters after.
 */
public final class RestoreCounts {

  private int localRuns;
  private int downloadedRuns;

  void addLocalRuns(int count) {
    localRuns += count;
  }

  void addDownloadedRun() {
    downloadedRuns++;
  }

  public void register(MetricGroup operatorGroup) {
    MetricGroup group = operatorGroup.addGroup(StoreGauges.GROUP);
    int local = localRuns;
    int downloaded = downloadedRuns;
    group.gauge("restoredLocalRuns", (Gauge<Integer>) () -> local);
    group.gauge("restoredDownloadedRuns", (Gauge<Integer>) () -> downloaded);
  }
}
