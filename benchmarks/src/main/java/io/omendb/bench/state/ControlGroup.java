package io.omendb.bench.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A control group of the kernel that bounds the memory of a process, its page cache included, and
 * counts its reads of the device. Made and removed by the parent; the member reads it too ({@link
 * #at}). Both versions of the kernel's interface are supported; where no group can be made {@link
 * #create} fails, so that a limit is never silently absent.
 *
 * <p>Version 1 counts a device's requests only in groups that have a rule for the device, so each
 * gets one that never bites. Counted are all reads that its processes cause, through {@code read}
 * and through page faults of mapped files alike.
 */
final class ControlGroup implements AutoCloseable {

  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final long NO_RULE_IN_EFFECT = 1_000_000_000;
  private static final int REMOVALS_MAX = 100;

  /**
   * Memory of the group.
   *
   * @param peakBytes the most that it ever had, page cache included
   * @param cacheBytes page cache now, mapped files included
   * @param anonymousBytes heap and other memory without a file now
   */
  record Usage(long peakBytes, long cacheBytes, long anonymousBytes) {}

  /** Requests to devices, and their bytes. */
  record DeviceReads(long count, long bytes) {}

  private final Path memory;
  private final Path device;

  private ControlGroup(Path memory, Path device) {
    this.memory = memory;
    this.device = device;
  }

  private boolean unified() {
    return memory.equals(device);
  }

  /** A group with a bound; counts the device that holds {@code data}. */
  static ControlGroup create(long limitMegabytes, Path data) throws IOException {
    String name = "state-bench-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    boolean unified = Files.exists(ROOT.resolve("cgroup.controllers"));
    ControlGroup group =
        unified
            ? new ControlGroup(ROOT.resolve(name), ROOT.resolve(name))
            : new ControlGroup(
                ROOT.resolve("memory").resolve(name), ROOT.resolve("blkio").resolve(name));
    try {
      if (unified) {
        Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+memory +io");
        Files.createDirectory(group.memory);
        Files.writeString(group.memory.resolve("memory.max"), String.valueOf(limitMegabytes << 20));
        Files.writeString(group.memory.resolve("memory.swap.max"), "0");
      } else {
        Files.createDirectory(group.memory);
        Files.createDirectory(group.device);
        Files.writeString(
            group.memory.resolve("memory.limit_in_bytes"), String.valueOf(limitMegabytes << 20));
        Files.writeString(
            group.device.resolve("blkio.throttle.read_iops_device"),
            disk(data) + " " + NO_RULE_IN_EFFECT);
      }
      return group;
    } catch (IOException e) {
      group.close();
      throw new IOException(
          "a memory limit needs a control group, which could not be made below %s (root and the controllers memory and blkio or io are needed)"
              .formatted(ROOT),
          e);
    }
  }

  /** The whole disk, as major:minor, that holds a directory. */
  private static String disk(Path data) throws IOException {
    long number = ((Number) Files.getAttribute(data, "unix:dev")).longValue();
    long major = (number >>> 8) & 0xFFF;
    long minor = (number & 0xFF) | ((number >>> 12) & 0xFFF00);
    Path block = Path.of("/sys/dev/block", major + ":" + minor).toRealPath();
    Path disk = Files.exists(block.resolve("partition")) ? block.getParent() : block;
    if (disk == null) {
      throw new IOException("no disk of " + data);
    }
    return Files.readString(disk.resolve("dev")).strip();
  }

  /** The group that {@link #location()} names. */
  static ControlGroup at(String location) {
    String[] paths = location.split(",");
    return new ControlGroup(Path.of(paths[0]), Path.of(paths[1]));
  }

  String location() {
    return memory + "," + device;
  }

  /** A command that joins the group and then becomes {@code command}. */
  List<String> joining(List<String> command) {
    List<String> joining = new ArrayList<>();
    joining.addAll(
        List.of(
            "sh",
            "-c",
            "echo $$ > \"$0/cgroup.procs\" && echo $$ > \"$1/cgroup.procs\" && shift && exec \"$@\"",
            memory.toString(),
            device.toString()));
    joining.addAll(command);
    return joining;
  }

  Usage usage() throws IOException {
    String statistics = "\n" + Files.readString(memory.resolve("memory.stat"));
    if (unified()) {
      Path peak = memory.resolve("memory.peak");
      return new Usage(
          Files.exists(peak) ? Long.parseLong(Files.readString(peak).strip()) : 0,
          ProcFile.number(statistics, "\nfile "),
          ProcFile.number(statistics, "\nanon "));
    }
    return new Usage(
        Long.parseLong(Files.readString(memory.resolve("memory.max_usage_in_bytes")).strip()),
        ProcFile.number(statistics, "\ncache "),
        ProcFile.number(statistics, "\nrss "));
  }

  /** The files whose contents {@link #reads} understands: requests, bytes. */
  List<Path> counters() {
    return unified()
        ? List.of(device.resolve("io.stat"), device.resolve("io.stat"))
        : List.of(
            device.resolve("blkio.throttle.io_serviced"),
            device.resolve("blkio.throttle.io_service_bytes"));
  }

  static DeviceReads reads(String requests, String bytes) {
    return requests.contains("rios=")
        ? new DeviceReads(sum(requests, "rios="), sum(bytes, "rbytes="))
        : new DeviceReads(sum(requests, " Read "), sum(bytes, " Read "));
  }

  private static long sum(String text, String name) {
    return text.lines().mapToLong(line -> ProcFile.number(line, name)).sum();
  }

  /** Removes the group; its processes have ended. */
  @Override
  public void close() throws IOException {
    remove(memory);
    if (!unified()) {
      remove(device);
    }
  }

  /** The kernel lets go of an ended process some moments after its parent heard of it. */
  private static void remove(Path group) throws IOException {
    for (int i = 1; ; i++) {
      try {
        Files.deleteIfExists(group);
        return;
      } catch (IOException e) {
        if (i == REMOVALS_MAX) {
          throw e;
        }
        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
      }
    }
  }
}
