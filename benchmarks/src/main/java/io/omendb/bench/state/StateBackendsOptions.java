package io.omendb.bench.state;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The arguments of {@link StateBackends}: {@code --name value} pairs; see {@link #DEFAULTS}. */
record StateBackendsOptions(
    List<BackendKind> backends,
    long keyCount,
    int valueBytes,
    KeySet keySet,
    Access access,
    List<Operation> operations,
    int rounds,
    Duration round,
    Duration warmUp,
    Duration readAllMax,
    long memoryMegabytes,
    long heapMegabytes,
    String directory,
    String javaOptions,
    long limitMegabytes,
    Duration write,
    Duration quiet,
    Duration drainMax,
    int missSamples,
    String compression,
    String reports,
    String group,
    Map<String, String> given) {

  private static final Map<String, String> DEFAULTS = new LinkedHashMap<>();

  static {
    DEFAULTS.put("backends", "learned,rocksdb-tuned,rocksdb-default,heap");
    DEFAULTS.put("keys", "300000");
    DEFAULTS.put("value-bytes", "100");
    DEFAULTS.put("key-set", "uniform64");
    DEFAULTS.put("access", "uniform");
    DEFAULTS.put("operations", "get,missing,mix-95-5,mix-50-50,put,read-modify-write,scan");
    DEFAULTS.put("rounds", "3");
    DEFAULTS.put("round-seconds", "0.25");
    DEFAULTS.put("warm-up-seconds", "0.5");
    DEFAULTS.put("read-all-seconds-max", "600");
    DEFAULTS.put("memory-mb", "512");
    DEFAULTS.put("heap-mb", "1024");
    DEFAULTS.put("directory", System.getProperty("java.io.tmpdir"));
    DEFAULTS.put("java-options", "");
    // The memory of each process, page cache included; 0 for none.
    DEFAULTS.put("limit-mb", "0");
    // How long put and read-modify-write go on for the steady rates; 0 for rounds only.
    DEFAULTS.put("write-seconds", "0");
    // How long no file may change for background work to count as done.
    DEFAULTS.put("quiet-seconds", "1");
    DEFAULTS.put("drain-seconds-max", "1800");
    // Gets around each of which the counters of device reads are read.
    DEFAULTS.put("miss-samples", "20000");
    // Of the tuned RocksDB: none, lz4, snappy, zstd. The learned backend has none.
    DEFAULTS.put("compression", "none");
    // A directory for what each backend reported; backends that are done there are not run again.
    DEFAULTS.put("reports", "");
    // Set by the parent: the control group that a process is in.
    DEFAULTS.put("group", "");
  }

  static StateBackendsOptions parse(List<String> arguments) {
    Map<String, String> values = new LinkedHashMap<>(DEFAULTS);
    for (int i = 0; i < arguments.size(); i += 2) {
      String argument = arguments.get(i);
      String name = argument.startsWith("--") ? argument.substring(2) : argument;
      if (!DEFAULTS.containsKey(name) || i + 1 == arguments.size()) {
        throw new IllegalArgumentException(
            "expected --name value pairs with the names %s, got %s"
                .formatted(DEFAULTS.keySet(), argument));
      }
      values.put(name, arguments.get(i + 1));
    }
    return new StateBackendsOptions(
        list(value(values, "backends")).stream().map(BackendKind::of).toList(),
        Long.parseLong(value(values, "keys")),
        Integer.parseInt(value(values, "value-bytes")),
        KeySet.valueOf(constant(value(values, "key-set"))),
        Access.valueOf(constant(value(values, "access"))),
        list(value(values, "operations")).stream().map(Operation::of).toList(),
        Integer.parseInt(value(values, "rounds")),
        seconds(value(values, "round-seconds")),
        seconds(value(values, "warm-up-seconds")),
        seconds(value(values, "read-all-seconds-max")),
        Long.parseLong(value(values, "memory-mb")),
        Long.parseLong(value(values, "heap-mb")),
        value(values, "directory"),
        value(values, "java-options"),
        Long.parseLong(value(values, "limit-mb")),
        seconds(value(values, "write-seconds")),
        seconds(value(values, "quiet-seconds")),
        seconds(value(values, "drain-seconds-max")),
        Integer.parseInt(value(values, "miss-samples")),
        value(values, "compression"),
        value(values, "reports"),
        value(values, "group"),
        values);
  }

  private static String value(Map<String, String> values, String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no value of --" + name);
    }
    return value;
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",")).map(String::trim).filter(s -> !s.isEmpty()).toList();
  }

  private static String constant(String label) {
    return label.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static Duration seconds(String text) {
    return Duration.ofNanos((long) (Double.parseDouble(text) * 1e9));
  }

  long memoryBytes() {
    return memoryMegabytes << 20;
  }

  /** These with one value replaced. */
  StateBackendsOptions with(String name, String value) {
    return parse(Stream.concat(arguments().stream(), Stream.of("--" + name, value)).toList());
  }

  List<String> arguments() {
    return given.entrySet().stream()
        .flatMap(entry -> Stream.of("--" + entry.getKey(), entry.getValue()))
        .toList();
  }

  /** What decides a backend's figures: two runs with the same are the same measurement. */
  String fingerprint() {
    Map<String, String> deciding = new LinkedHashMap<>(given);
    List.of("backends", "directory", "reports", "group").forEach(deciding::remove);
    return deciding.toString();
  }
}
