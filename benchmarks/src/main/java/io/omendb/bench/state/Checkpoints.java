package io.omendb.bench.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.util.FileUtils;

/**
 * Incremental checkpoints after changes of different shares of the keys, and restores: as before,
 * split in two and put together again. Storage and working files are on one file system. One kind
 * of backend after the other, in this JVM; the sizes of its heap and direct memory are the
 * caller's.
 */
public final class Checkpoints {

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "backends", "learned",
          "keys", "1000000",
          "value-bytes", "100",
          "repeats", "5",
          "changed-percent", "0.1,1,10",
          "memory-mb", "512",
          "directory", System.getProperty("java.io.tmpdir"));

  private static final int KEY_BYTES = Long.BYTES;
  private static final int MIDDLE = OpenBackend.KEY_GROUPS / 2;
  private static final KeyGroupRange LOWER = KeyGroupRange.of(0, MIDDLE - 1);
  private static final KeyGroupRange UPPER = KeyGroupRange.of(MIDDLE, OpenBackend.KEY_GROUPS - 1);

  /** Checkpoints after one share of the keys was changed. */
  public record Change(
      String backend,
      double percent,
      int checkpoints,
      long changedBytes,
      long uploadedBytes,
      long stateBytes,
      double pauseMsMedian,
      double pauseMsMax,
      double uploadMsMedian) {}

  /**
   * One restore.
   *
   * @param transferMs of getting the files, as the backend reports it; -1 if it does not
   * @param openMs until the backend was there
   * @param firstReadMs until the first read was answered
   * @param readyMs until the first write was taken
   */
  public record Restore(
      String backend,
      String what,
      long transferMs,
      double openMs,
      double firstReadMs,
      double readyMs) {}

  /** What was measured, of all backends. */
  public record Result(List<Change> changes, List<Restore> restores) {}

  private final BackendKind kind;
  private final NamedArguments arguments;
  private final StateBackendsOptions options;
  private final Result result;
  private long changedPlaces;

  private Checkpoints(BackendKind kind, NamedArguments arguments, Path directory, Result result) {
    this.kind = kind;
    this.arguments = arguments;
    this.options = arguments.backendOptions().with("directory", directory.toString());
    this.result = result;
  }

  public static void main(String[] given) throws Exception {
    Result result = run(given);
    System.out.println(
        "| backend | changed % | checkpoints | changed MB | uploaded MB, mean | uploaded ÷ changed | state MB | pause ms, median | pause ms, max | upload ms, median |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|");
    for (Change change : result.changes) {
      System.out.printf(
          "| %s | %s | %d | %.2f | %.2f | %.2f | %.1f | %.2f | %.2f | %.1f |%n",
          change.backend,
          change.percent,
          change.checkpoints,
          change.changedBytes / 1e6,
          change.uploadedBytes / 1e6,
          change.uploadedBytes / (double) change.changedBytes,
          change.stateBytes / 1e6,
          change.pauseMsMedian,
          change.pauseMsMax,
          change.uploadMsMedian);
    }
    System.out.printf("%n| backend | restore | transfer ms | open ms | open without transfer ms |");
    System.out.println(" first read ms | ready to write ms |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (Restore restore : result.restores) {
      System.out.printf(
          "| %s | %s | %s | %.1f | %s | %.1f | %.1f |%n",
          restore.backend,
          restore.what,
          restore.transferMs < 0 ? "-" : String.valueOf(restore.transferMs),
          restore.openMs,
          restore.transferMs < 0 ? "-" : "%.1f".formatted(restore.openMs - restore.transferMs),
          restore.firstReadMs,
          restore.readyMs);
    }
  }

  static Result run(String... given) throws Exception {
    NamedArguments arguments = NamedArguments.parse(DEFAULTS, Arrays.asList(given));
    System.out.println(arguments.values());
    Result result = new Result(new ArrayList<>(), new ArrayList<>());
    for (String label : arguments.text("backends").split(",")) {
      Path directory =
          Files.createTempDirectory(Path.of(arguments.text("directory")), "checkpoints");
      try {
        new Checkpoints(BackendKind.of(label), arguments, directory, result).measure(directory);
      } finally {
        FileUtils.deleteDirectory(directory.toFile());
      }
    }
    return result;
  }

  private void measure(Path directory) throws Exception {
    Path storage = Files.createDirectory(directory.resolve("checkpoints"));
    KeyedStateHandle whole;
    try (CheckpointFiles.Job job = new CheckpointFiles.Job()) {
      try (OpenBackend open = new OpenBackend(kind, options)) {
        whole = checkpoint(open, new CheckpointFiles(job, storage));
      }
      System.out.printf(
          "%s: a plain copy of the checkpoint's files takes %.1f ms%n",
          kind.label(), copyMs(storage, directory.resolve("copy")));
      restore("1 as before", OpenBackend.ALL_KEY_GROUPS, List.of(whole)).close();
      KeyedStateHandle lowerHalf;
      KeyedStateHandle upperHalf;
      try (OpenBackend lower = restore("1 of 2 of 1", LOWER, List.of(whole))) {
        lowerHalf = half(job, directory.resolve("lower"), lower);
      }
      try (OpenBackend upper = restore("2 of 2 of 1", UPPER, List.of(whole))) {
        upperHalf = half(job, directory.resolve("upper"), upper);
      }
      restore("1 of 2", OpenBackend.ALL_KEY_GROUPS, List.of(lowerHalf, upperHalf)).close();
    }
  }

  private static KeyedStateHandle half(CheckpointFiles.Job job, Path storage, OpenBackend open)
      throws Exception {
    return new CheckpointFiles(job, Files.createDirectory(storage)).take(open.keyed()).handle();
  }

  private KeyedStateHandle checkpoint(OpenBackend open, CheckpointFiles checkpoints)
      throws Exception {
    StateOperations operations = new StateOperations(open, options);
    operations.load();
    CheckpointFiles.Taken last = checkpoints.take(open.keyed());
    result.changes.add(change(100, options.keyCount(), List.of(last)));
    for (String share : arguments.text("changed-percent").split(",")) {
      double percent = Double.parseDouble(share);
      long count = Math.max(1, Math.round(options.keyCount() * percent / 100));
      List<CheckpointFiles.Taken> taken = new ArrayList<>();
      for (int i = 0; i < arguments.number("repeats"); i++) {
        change(operations, count);
        last = checkpoints.take(open.keyed());
        taken.add(last);
      }
      result.changes.add(change(percent, count, taken));
    }
    return last.handle();
  }

  /** Different keys each time until all have been changed, spread over the whole key space. */
  private void change(StateOperations operations, long count) throws Exception {
    for (long i = 0; i < count; i++) {
      operations.put(Scatter.of(changedPlaces++ % options.keyCount(), options.keyCount()));
    }
  }

  private Change change(double percent, long count, List<CheckpointFiles.Taken> taken) {
    List<Double> pauses = taken.stream().map(one -> one.pauseNanos() / 1e6).sorted().toList();
    // Most checkpoints are small and a few carry what compaction wrote: the mean counts those too.
    long uploaded =
        taken.stream().mapToLong(CheckpointFiles.Taken::uploadedBytes).sum() / taken.size();
    List<Double> uploads = taken.stream().map(one -> one.uploadNanos() / 1e6).sorted().toList();
    for (CheckpointFiles.Taken one : taken) {
      System.out.printf(
          "%s: %s %% changed: uploaded %d of %d bytes, pause %.2f ms, upload %.1f ms%n",
          kind.label(),
          percent,
          one.uploadedBytes(),
          one.stateBytes(),
          one.pauseNanos() / 1e6,
          one.uploadNanos() / 1e6);
    }
    int middle = (taken.size() - 1) / 2;
    return new Change(
        kind.label(),
        percent,
        taken.size(),
        count * (KEY_BYTES + options.valueBytes()),
        uploaded,
        taken.get(taken.size() - 1).stateBytes(),
        pauses.get(middle),
        Collections.max(pauses),
        uploads.get(middle));
  }

  /** Restores, reads one key and writes one; checks that the keys of the range are there. */
  private OpenBackend restore(String what, KeyGroupRange range, List<KeyedStateHandle> handles)
      throws Exception {
    List<Long> numbers = numbersIn(range);
    long start = System.nanoTime();
    OpenBackend open = new OpenBackend(kind, options, range, handles);
    long opened = System.nanoTime();
    StateOperations operations = new StateOperations(open, options);
    check(operations, numbers.get(0));
    long read = System.nanoTime();
    operations.put(numbers.get(0));
    long written = System.nanoTime();
    result.restores.add(
        new Restore(
            kind.label(),
            what,
            open.initialization().getOrDefault("DownloadStateDurationMs", -1L),
            (opened - start) / 1e6,
            (read - start) / 1e6,
            (written - start) / 1e6));
    for (long number : numbers) {
      check(operations, number);
    }
    return open;
  }

  private static void check(StateOperations operations, long number) throws Exception {
    if (!operations.has(number)) {
      throw new IllegalStateException("key %d is missing after the restore".formatted(number));
    }
  }

  private List<Long> numbersIn(KeyGroupRange range) {
    List<Long> numbers = new ArrayList<>();
    long step = Math.max(1, options.keyCount() / 10_000);
    for (long number = 0; number < options.keyCount(); number += step) {
      Object key = options.keySet().key(number);
      if (range.contains(KeyGroupRangeAssignment.assignToKeyGroup(key, OpenBackend.KEY_GROUPS))) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /** What the file system alone needs for as many bytes. */
  private static double copyMs(Path from, Path to) throws IOException {
    long start = System.nanoTime();
    Files.createDirectory(to);
    try (Stream<Path> files = Files.walk(from)) {
      int copied = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(String.valueOf(copied++)));
      }
    }
    double elapsed = (System.nanoTime() - start) / 1e6;
    FileUtils.deleteDirectory(to.toFile());
    return elapsed;
  }
}
