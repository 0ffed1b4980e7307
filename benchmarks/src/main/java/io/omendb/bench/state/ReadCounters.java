package io.omendb.bench.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has been read from devices so far.
 *
 * @param deviceReads requests of the control group; 0 without one
 * @param deviceBytes their bytes; 0 without a control group
 * @param ownBytes read from devices on behalf of the process or thread, readahead included
 * @param majorFaults page faults of it that waited for a device
 */
record ReadCounters(long deviceReads, long deviceBytes, long ownBytes, long majorFaults) {

  ReadCounters since(ReadCounters before) {
    return new ReadCounters(
        deviceReads - before.deviceReads,
        deviceBytes - before.deviceBytes,
        ownBytes - before.ownBytes,
        majorFaults - before.majorFaults);
  }

  /** Reads the counters of the process, or of the thread that makes it. Closed by its owner. */
  static final class Source implements AutoCloseable {
    private static final int FIELDS_FROM_STATE_TO_MAJOR_FAULTS = 9;

    private final ProcFile io;
    private final ProcFile stat;
    private final @Nullable ProcFile groupRequests;
    private final @Nullable ProcFile groupBytes;

    private Source(Path process, @Nullable ControlGroup group) throws IOException {
      io = new ProcFile(process.resolve("io"));
      stat = new ProcFile(process.resolve("stat"));
      List<Path> counters = group == null ? List.of() : group.counters();
      groupRequests = counters.isEmpty() ? null : new ProcFile(counters.get(0));
      groupBytes = counters.isEmpty() ? null : new ProcFile(counters.get(1));
    }

    static Source ofProcess(@Nullable ControlGroup group) throws IOException {
      return new Source(Path.of("/proc/self"), group);
    }

    static Source ofThisThread(@Nullable ControlGroup group) throws IOException {
      return new Source(Path.of("/proc/thread-self").toRealPath(), group);
    }

    ReadCounters now() throws IOException {
      String status = stat.text();
      String[] fields = status.substring(status.lastIndexOf(')') + 2).split(" ");
      ControlGroup.DeviceReads device =
          groupRequests == null || groupBytes == null
              ? new ControlGroup.DeviceReads(0, 0)
              : ControlGroup.reads(groupRequests.text(), groupBytes.text());
      return new ReadCounters(
          device.count(),
          device.bytes(),
          ProcFile.number(io.text(), "\nread_bytes:"),
          Long.parseLong(fields[FIELDS_FROM_STATE_TO_MAJOR_FAULTS]));
    }

    @Override
    public void close() throws IOException {
      io.close();
      stat.close();
      if (groupRequests != null) {
        groupRequests.close();
      }
      if (groupBytes != null) {
        groupBytes.close();
      }
    }
  }
}
