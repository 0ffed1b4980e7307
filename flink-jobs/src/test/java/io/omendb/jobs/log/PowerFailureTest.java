package io.omendb.jobs.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log on a machine that keeps nothing but what was synced, directory entries too. */
class PowerFailureTest {
  @TempDir Path directory = Path.of("unset");

  /** After each append, across segments, trims and takeovers: everything acknowledged is there. */
  @Test
  void everyAcknowledgedRecordIsThereAfterAPowerFailure() throws IOException {
    ForgetfulFiles files = new ForgetfulFiles();
    FileCommitLogOptions options =
        FileCommitLogOptions.DEFAULT
            .withSegmentBytes(256)
            .withPreallocateBytes(64)
            .withRecentBytesMax(0)
            .withFiles(files);
    Path original = directory.resolve("original/log");
    long csn = 0;
    long trimmed = 0;
    for (int round = 0; round < 3; round++) {
      try (FileCommitLog log = FileCommitLog.open(original, options)) {
        for (int i = 0; i < 12; i++) {
          csn++;
          long end = log.append(List.of(FileCommitLogTest.commit(csn, log.epoch(), 30)));
          if (i == 6) {
            log.trim(end);
            trimmed = log.beginPosition();
          }
          // A trim that is not durable yet may come back as a longer log.
          Path left = directory.resolve("left-" + csn);
          files.survivors(directory.resolve("original"), left);
          try (FileCommitLog survived =
              FileCommitLog.open(left.resolve("log"), options.withFiles(LogFileSystem.LOCAL))) {
            assertThat(survived.endPosition()).isEqualTo(end);
            assertThat(survived.epoch()).isGreaterThan(log.epoch());
            assertThat(FileCommitLogTest.csns(survived, trimmed)).endsWith(csn).isSorted();
          }
        }
      }
    }
  }
}
