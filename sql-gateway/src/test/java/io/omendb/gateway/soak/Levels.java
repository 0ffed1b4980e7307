package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerVitals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Looks now and then at what must not grow for ever: the live heap, the commit log, and the files
 * that the server keeps for itself (those of the lake are as many as it has snapshots).
 */
final class Levels implements Runnable {
  private static final long HEAP_SLACK_BYTES = 256L << 20;
  private static final long LOG_SLACK_BYTES = 64L << 20;
  private static final long FILES_SLACK = 1_000;

  /** One look. */
  private record Level(long heapBytes, long logBytes, long files) {}

  private final SoakRun run;
  private final Duration interval;
  private final List<Level> levels = new ArrayList<>();

  Levels(SoakRun run, Duration interval) {
    this.run = run;
    this.interval = interval;
  }

  @Override
  public void run() {
    for (run.pause(interval); !run.over(); run.pause(interval)) {
      int kills = run.kills();
      if (!run.isUp()) {
        continue;
      }
      try (ServerVitals vitals = ServerVitals.of(run.server())) {
        Path data = run.server().dataDirectory();
        levels.add(
            new Level(
                vitals.liveHeapBytes(),
                bytes(data.resolve("log")),
                files(data.resolve("log"))
                    + files(data.resolve("checkpoints"))
                    + files(data.resolve("work"))));
      } catch (IOException | RuntimeException e) {
        // A server that is killed meanwhile cannot be looked at.
        if (run.kills() == kills && !run.over()) {
          run.fail(e);
        }
      }
    }
  }

  private static long bytes(Path directory) throws IOException {
    return sum(directory, Levels::size);
  }

  private static long files(Path directory) throws IOException {
    return sum(directory, file -> 1);
  }

  private static long sum(Path directory, ToLongFunction<Path> measure) throws IOException {
    if (!Files.exists(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(measure).sum();
    } catch (UncheckedIOException e) {
      // Files come and go while we look.
      throw e.getCause();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  /** The last third of the run needed no more than the second, apart from some slack. */
  void check() {
    int count = levels.size();
    if (count < 3) {
      throw new AssertionError("too few looks to tell: " + levels);
    }
    List<Level> second = levels.subList(count / 3, 2 * count / 3);
    List<Level> last = levels.subList(2 * count / 3, count);
    compare("bytes of live heap", second, last, Level::heapBytes, HEAP_SLACK_BYTES);
    compare("bytes of log", second, last, Level::logBytes, LOG_SLACK_BYTES);
    compare("files", second, last, Level::files, FILES_SLACK);
  }

  private static void compare(
      String what, List<Level> before, List<Level> after, ToLongFunction<Level> of, long slack) {
    long maxBefore = before.stream().mapToLong(of).max().orElseThrow();
    long maxAfter = after.stream().mapToLong(of).max().orElseThrow();
    assertThat(maxAfter).as("%s level off", what).isLessThanOrEqualTo(maxBefore * 3 / 2 + slack);
  }

  @Override
  public String toString() {
    return "levels " + levels;
  }
}
