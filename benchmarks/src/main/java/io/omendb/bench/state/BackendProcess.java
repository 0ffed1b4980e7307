package io.omendb.bench.state;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * One backend measured in a JVM of its own, in a control group if the memory is limited. The parent
 * owns the working directory and the group, and removes both however the child ends, also when the
 * parent is interrupted.
 */
final class BackendProcess {

  private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

  private BackendProcess() {}

  static Report measure(BackendKind kind, StateBackendsOptions options)
      throws IOException, InterruptedException {
    Path kept = options.reports().isEmpty() ? null : reportFile(kind, options);
    if (kept != null && Files.exists(kept)) {
      Report report = read(kept);
      if (options.fingerprint().equals(report.remarks().get(Report.DONE))) {
        System.out.printf("%s: taken from %s%n", kind.label(), kept);
        return report;
      }
    }
    if (kept != null) {
      Files.deleteIfExists(kept);
    }
    Path directory = Files.createTempDirectory(Path.of(options.directory()), "state-backends");
    ControlGroup group = null;
    Thread cleaner = null;
    try {
      if (options.limitMegabytes() > 0) {
        group = ControlGroup.create(options.limitMegabytes(), directory);
      }
      dropCaches();
      StateBackendsOptions child =
          options
              .with("directory", directory.toString())
              .with("group", group == null ? "" : group.location());
      List<String> command = command(kind, child);
      Process process =
          new ProcessBuilder(group == null ? command : group.joining(command))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      ControlGroup used = group;
      cleaner = new Thread(() -> interrupted(process, used, directory));
      Runtime.getRuntime().addShutdownHook(cleaner);
      Report report = listen(kind, process, kept);
      int exit = process.waitFor();
      if (group != null) {
        note(report, kept, "MEMORY-PEAK " + group.usage().peakBytes());
      }
      note(report, kept, exit == 0 ? Report.DONE + " " + options.fingerprint() : "EXIT " + exit);
      return report;
    } finally {
      if (cleaner != null) {
        Runtime.getRuntime().removeShutdownHook(cleaner);
      }
      remove(group, directory);
    }
  }

  private static Path reportFile(BackendKind kind, StateBackendsOptions options)
      throws IOException {
    Path directory = Files.createDirectories(Path.of(options.reports()));
    return directory.resolve(kind.label() + "-" + options.keySet().label() + ".txt");
  }

  private static Report read(Path file) throws IOException {
    Report report = Report.empty();
    Files.readAllLines(file).forEach(report::accept);
    return report;
  }

  private static void note(Report report, @Nullable Path kept, String line) throws IOException {
    report.accept(line);
    keep(kept, line);
  }

  private static void keep(@Nullable Path file, String line) throws IOException {
    if (file != null) {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  private static Report listen(BackendKind kind, Process process, @Nullable Path kept)
      throws IOException {
    Report report = Report.empty();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (report.accept(line)) {
          keep(kept, line);
          System.out.printf("%s: %s%n", kind.label(), line);
        } else {
          System.out.println(line);
        }
      }
    }
    return report;
  }

  private static List<String> command(BackendKind kind, StateBackendsOptions options) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(
        List.of(
            "-Xms" + options.heapMegabytes() + "m",
            "-Xmx" + options.heapMegabytes() + "m",
            "-XX:MaxDirectMemorySize=" + (options.memoryMegabytes() + 64) + "m",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED"));
    if (!options.javaOptions().isBlank()) {
      command.addAll(Arrays.asList(options.javaOptions().trim().split("\\s+")));
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            StateBackends.class.getName(),
            StateBackends.CHILD,
            kind.label()));
    command.addAll(options.arguments());
    return command;
  }

  /** So that what one backend left in the page cache serves no other. Root only. */
  private static void dropCaches() throws IOException, InterruptedException {
    if (Files.isWritable(DROP_CACHES)) {
      new ProcessBuilder("sync").start().waitFor();
      Files.writeString(DROP_CACHES, "3");
    } else {
      System.out.println("the page cache is not dropped: " + DROP_CACHES + " is not writable");
    }
  }

  private static void interrupted(Process process, @Nullable ControlGroup group, Path directory) {
    try {
      process.destroyForcibly().waitFor();
      remove(group, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void remove(@Nullable ControlGroup group, Path directory) throws IOException {
    if (group != null) {
      group.close();
    }
    FileUtils.deleteDirectory(directory.toFile());
  }
}
