package io.omendb.jobs.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log in a process of its own, which is killed while it appends. */
class LogProcessTest {
  private static final FileCommitLogOptions OPTIONS =
      FileCommitLogOptions.DEFAULT.withSegmentBytes(20_000);

  private static final int CSN_DIGITS = 7;

  /** Appends groups of three for ever and says the last CSN of each that is durable. */
  static final class Appender {
    private Appender() {}

    public static void main(String[] arguments) throws IOException {
      try (FileCommitLog log = FileCommitLog.open(Path.of(arguments[0]), OPTIONS)) {
        long csn = log.epoch() * 1_000_000;
        while (true) {
          List<LogRecord> group = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            group.add(FileCommitLogTest.commit(++csn, log.epoch(), 300));
          }
          log.append(group);
          System.out.println(csn);
        }
      }
    }
  }

  @Test
  void acknowledgedRecordsSurviveKillAndTheLockDoesNot(@TempDir Path directory) throws Exception {
    List<Long> acknowledged = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      Path said = directory.resolve("said" + round);
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Appender.class.getName(),
                  directory.toString())
              .redirectOutput(said.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> Files.readAllLines(said).size() > 50);
        assertThatThrownBy(() -> FileCommitLog.open(directory, OPTIONS))
            .isInstanceOfSatisfying(
                OmenException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE))
            .hasMessageContaining("in use by another process");
      } finally {
        process.destroyForcibly().waitFor();
      }
      for (String line : Files.readAllLines(said)) {
        // The kill may have cut the last line short.
        if (line.length() == CSN_DIGITS) {
          acknowledged.add(Long.parseLong(line));
        }
      }
      try (FileCommitLog log = FileCommitLog.open(directory, OPTIONS)) {
        assertThat(log.epoch()).isEqualTo(2L * round + 2);
        assertThat(FileCommitLogTest.csns(log, 0))
            .containsAll(acknowledged)
            .isSorted()
            .doesNotHaveDuplicates();
      }
    }
  }
}
