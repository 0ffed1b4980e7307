package io.omendb.jobs.runtime;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Flink as its users run it: a JobManager and TaskManagers in processes of their own, on Flink's
 * jars alone, and Flink's command line. What the job needs comes in its jar.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final long COMMAND_TIMEOUT_S = 120;

  /** What the job jar brings, and what only tests have. */
  private static final Pattern NOT_FLINK =
      Pattern.compile(
          "/target/|iceberg|/parquet/|hadoop|sqlite|RoaringBitmap|junit|assertj|awaitility|archunit");

  private static final Pattern JOB_ID = Pattern.compile("JobID ([0-9a-f]{32})");

  private final Path directory;
  private final String flinkClassPath;
  private final int restPort;
  private final List<Process> processes = new ArrayList<>();

  StandaloneCluster(Path directory, int taskManagers, Path checkpoints) throws Exception {
    this.directory = directory;
    this.flinkClassPath = flinkClassPath();
    int rpcPort;
    try (ServerSocket rest = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket rpc = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      restPort = rest.getLocalPort();
      rpcPort = rpc.getLocalPort();
    }
    Files.createDirectories(directory.resolve("conf"));
    Files.writeString(
        directory.resolve("conf/config.yaml"),
        """
        jobmanager.rpc.address: 127.0.0.1
        jobmanager.rpc.port: %d
        jobmanager.bind-host: 127.0.0.1
        taskmanager.host: 127.0.0.1
        taskmanager.bind-host: 127.0.0.1
        rest.address: 127.0.0.1
        rest.bind-address: 127.0.0.1
        rest.port: %d
        rest.bind-port: %d
        taskmanager.numberOfTaskSlots: 1
        taskmanager.cpu.cores: 1.0
        taskmanager.memory.framework.heap.size: 128m
        taskmanager.memory.framework.off-heap.size: 128m
        taskmanager.memory.jvm-metaspace.size: 256m
        taskmanager.memory.jvm-overhead.min: 192m
        taskmanager.memory.jvm-overhead.max: 192m
        taskmanager.memory.task.heap.size: 256m
        taskmanager.memory.task.off-heap.size: 0m
        taskmanager.memory.network.min: 64m
        taskmanager.memory.network.max: 64m
        taskmanager.memory.managed.size: 64m
        execution.checkpointing.dir: %s
        io.tmp.dirs: %s
        """
            .formatted(rpcPort, restPort, restPort, checkpoints.toUri(), directory.resolve("tmp")));
    Files.createDirectories(directory.resolve("tmp"));
    boolean started = false;
    try {
      start("jobmanager", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint");
      for (int i = 0; i < taskManagers; i++) {
        start("taskmanager-" + i, "org.apache.flink.runtime.taskexecutor.TaskManagerRunner");
      }
      await().atMost(START_TIMEOUT).until(() -> taskManagerCount() == taskManagers);
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private static String flinkClassPath() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return String.join(
        File.pathSeparator,
        Stream.of(all.split(File.pathSeparator, -1))
            .filter(entry -> entry.endsWith(".jar") && !NOT_FLINK.matcher(entry).find())
            .toList());
  }

  private List<String> java(String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC"));
    String logging = System.getProperty("log4j2.configurationFile");
    if (logging != null) {
      command.add("-Dlog4j2.configurationFile=" + logging);
    }
    for (String opened :
        List.of(
            "java.base/java.nio",
            "java.base/java.lang",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.net",
            "java.base/java.time",
            "java.base/sun.nio.ch")) {
      command.add("--add-opens=" + opened + "=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", flinkClassPath, mainClass));
    command.addAll(arguments);
    return command;
  }

  private Process launch(String name, String mainClass, List<String> arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(java(mainClass, arguments));
    builder.environment().put("FLINK_CONF_DIR", directory.resolve("conf").toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(directory.resolve(name + ".log").toFile());
    return builder.start();
  }

  private void start(String name, String mainClass) throws IOException {
    processes.add(
        launch(name, mainClass, List.of("--configDir", directory.resolve("conf").toString())));
  }

  private int taskManagerCount() throws InterruptedException {
    try {
      String body =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create("http://127.0.0.1:%d/overview".formatted(restPort)))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      Matcher count = Pattern.compile("\"taskmanagers\":(\\d+)").matcher(body);
      return count.find() ? Integer.parseInt(count.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Runs Flink's command line and returns what it printed. */
  String flink(String... arguments) throws Exception {
    String name = "cli-" + System.nanoTime();
    Process process = launch(name, "org.apache.flink.client.cli.CliFrontend", List.of(arguments));
    try {
      if (!process.waitFor(COMMAND_TIMEOUT_S, TimeUnit.SECONDS)) {
        throw new AssertionError("flink did not end: " + List.of(arguments));
      }
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(directory.resolve(name + ".log"));
    if (process.exitValue() != 0) {
      throw new AssertionError("flink " + List.of(arguments) + " failed:\n" + output);
    }
    return output;
  }

  /** The job's id in what {@code flink run} printed. */
  static String jobId(String output) {
    Matcher id = JOB_ID.matcher(output);
    if (!id.find()) {
      throw new AssertionError("no job id in:\n" + output);
    }
    return id.group(1);
  }

  @Override
  public void close() {
    for (int i = processes.size() - 1; i >= 0; i--) {
      processes.get(i).destroyForcibly().onExit().join();
    }
  }
}
