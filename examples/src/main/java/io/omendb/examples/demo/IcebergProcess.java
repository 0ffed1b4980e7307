package io.omendb.examples.demo;

import io.omendb.examples.iceberg.ReadWithIceberg;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@link ReadWithIceberg} in a JVM of its own. */
final class IcebergProcess {
  private IcebergProcess() {}

  /**
   * Reads until the line ends in {@code expected}, as the lake follows by a few seconds, or the
   * time is over; the last line.
   */
  static String readUntil(String lakeDirectory, String expected, Duration timeout)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    String line = read(lakeDirectory);
    while (!line.endsWith(expected) && System.nanoTime() < end) {
      TimeUnit.SECONDS.sleep(1);
      line = read(lakeDirectory);
    }
    return line;
  }

  private static String read(String lakeDirectory) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-Domendb.log.appender=console",
                    "-Domendb.log.level=ERROR",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ReadWithIceberg.class.getName(),
                    lakeDirectory,
                    "public.orders",
                    "amount"))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.strip();
  }
}
