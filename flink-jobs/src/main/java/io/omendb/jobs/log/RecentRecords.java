package io.omendb.jobs.log;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest durable records by position, so that readers that follow the log decode nothing. One
 * thread adds, any thread gets. Bounded by encoded bytes.
 */
final class RecentRecords {

  /** A record and the position after it. */
  record Entry(LogRecord record, long end) {}

  private final ConcurrentSkipListMap<Long, Entry> byStart = new ConcurrentSkipListMap<>();
  private final long bytesMax;
  private long bytes;

  RecentRecords(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  void add(long start, long end, LogRecord record) {
    byStart.put(start, new Entry(record, end));
    bytes += end - start;
    while (bytes > bytesMax) {
      Map.Entry<Long, Entry> oldest = byStart.pollFirstEntry();
      if (oldest == null) {
        break;
      }
      bytes -= oldest.getValue().end() - oldest.getKey();
    }
  }

  @Nullable Entry get(long position) {
    return byStart.get(position);
  }

  void clear() {
    byStart.clear();
    bytes = 0;
  }
}
