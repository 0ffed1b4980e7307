package io.omendb.jobs.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest durable records by position, so that readers that follow the log decode nothing. One
 * thread adds, any thread gets. Bounded by encoded bytes; a record larger than that bound is kept
 * until it is read once, since reading it from the file would take as much memory again, and counts
 * where its transaction's memory is counted.
 */
final class RecentRecords {

  /** A record and the position after it. */
  record Entry(LogRecord record, long end) {}

  private final ConcurrentSkipListMap<Long, Entry> byStart = new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<Long, Entry> largeByStart = new ConcurrentHashMap<>();
  private final long bytesMax;
  private long bytes;

  RecentRecords(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  void add(long start, long end, LogRecord record) {
    if (bytesMax == 0) {
      return;
    }
    if (end - start > bytesMax) {
      largeByStart.put(start, new Entry(record, end));
      return;
    }
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
    Entry found = byStart.get(position);
    return found == null ? largeByStart.remove(position) : found;
  }

  void clear() {
    largeByStart.clear();
    byStart.clear();
    bytes = 0;
  }
}
