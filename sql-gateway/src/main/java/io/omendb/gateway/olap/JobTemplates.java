package io.omendb.gateway.olap;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.util.InstantiationUtil;

/**
 * Translated jobs by statement, the least recently used ones given up: planning a query costs more
 * than running a small one. Jobs are kept serialized, since submitting one changes it, and bounded
 * by their bytes. Thread-safe.
 */
final class JobTemplates {
  private final long bytesMax;

  @GuardedBy("this")
  private final Map<String, byte[]> jobs = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("this")
  private long bytes;

  JobTemplates(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** A copy of the job of that key, which {@code translation} makes where there is none yet. */
  JobGraph job(String key, Supplier<JobGraph> translation) {
    byte[] serialized = find(key);
    try {
      if (serialized == null) {
        serialized = InstantiationUtil.serializeObject(translation.get());
        keep(key, serialized);
      }
      return InstantiationUtil.deserializeObject(serialized, JobTemplates.class.getClassLoader());
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException("a query's job cannot be copied", e);
    }
  }

  private synchronized byte @org.jspecify.annotations.Nullable [] find(String key) {
    return jobs.get(key);
  }

  private synchronized void keep(String key, byte[] serialized) {
    byte[] former = jobs.put(key, serialized);
    bytes += serialized.length - (former == null ? 0 : former.length);
    var oldest = jobs.values().iterator();
    while (bytes > bytesMax && oldest.hasNext()) {
      bytes -= oldest.next().length;
      oldest.remove();
    }
  }
}
