package io.omendb.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.ForgetfulFiles;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogRecord.EpochOpened;
import io.omendb.lake.LakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sealed survives a power failure, and what a start makes of sealed checkpoints. */
class CheckpointKeeperTest {
  private static final StartCheck.LakeLook NO_LAKE =
      log -> {
        throw new LakeException(LakeException.Reason.STORAGE, "there is no lake");
      };

  @TempDir Path directory = Path.of("unset");

  /** A power failure at the moment when the log is trimmed leaves two whole checkpoints. */
  @Test
  void theLogIsTrimmedOnlyOnAccountOfDurableCheckpoints() throws Exception {
    ForgetfulFiles files = new ForgetfulFiles();
    Path original = Files.createDirectories(directory.resolve("original"));
    Path job = Files.createDirectories(original.resolve("checkpoints/job"));
    files.syncDirectory(original); // as the making of a data directory does
    List<Long> trims = new CopyOnWriteArrayList<>();
    List<Throwable> wrong = new CopyOnWriteArrayList<>();
    CheckpointKeeper.LogTrimmer trimmer =
        (position, known) -> {
          trims.add(position);
          try {
            checkSurvivors(files, original, directory.resolve("left-" + trims.size()), position);
          } catch (AssertionError e) {
            wrong.add(e);
          }
        };
    try (CheckpointKeeper keeper = new CheckpointKeeper(files, job, 3, trimmer)) {
      for (long id = 1; id <= 5; id++) {
        Path unused = WrittenCheckpoint.write(job, id, id * 100);
        int expected = (int) id - 1;
        keeper.completed(id, Long.MAX_VALUE);
        await()
            .until(
                () ->
                    sealedCount(original) >= Math.min(3, expected + 1) && trims.size() >= expected);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(trims).containsExactly(100L, 100L, 200L, 300L);
  }

  private static long sealedCount(Path original) throws IOException {
    CheckpointLedger.Content content =
        new CheckpointLedger(LogFileSystem.LOCAL, original.resolve("checkpoints")).read();
    return content == null ? 0 : content.checkpoints().size();
  }

  private static void checkSurvivors(ForgetfulFiles files, Path original, Path left, long position)
      throws IOException {
    files.survivors(original, left);
    Path root = left.resolve("checkpoints");
    CheckpointLedger.Content content =
        Objects.requireNonNull(new CheckpointLedger(LogFileSystem.LOCAL, root).read());
    assertThat(content.checkpoints()).hasSizeGreaterThanOrEqualTo(2);
    CheckpointSeals seals = new CheckpointSeals(LogFileSystem.LOCAL, root);
    for (SealedCheckpoint sealed : content.checkpoints()) {
      assertThat(sealed.logPosition()).isGreaterThanOrEqualTo(position);
      assertThat(sealed.files()).hasSize(3);
      assertThat(seals.damage(sealed, Long.MAX_VALUE)).isNull();
    }
  }

  /** The newest whole one is taken, then an older one, then the log; and leftovers are deleted. */
  @Test
  void aStartTakesTheNewestCheckpointThatIsWhole() throws Exception {
    Path log = Files.createDirectories(directory.resolve("log"));
    Path root = directory.resolve("checkpoints");
    Path job = Files.createDirectories(root.resolve("job"));
    long middle;
    long end;
    try (FileCommitLog written = FileCommitLog.open(log, FileCommitLogOptions.DEFAULT)) {
      middle = written.append(List.of(new EpochOpened(1, written.epoch())));
      end = written.append(List.of(new EpochOpened(2, written.epoch())));
    }
    Path older = WrittenCheckpoint.write(job, 1, middle);
    Path newer = WrittenCheckpoint.write(job, 2, end);
    StartCheck check = new StartCheck(LogFileSystem.LOCAL, log, root, NO_LAKE);
    check.sealNewest(job, 3);
    assertThat(check.plan(Map.of()).checkpoint()).hasValue(newer);
    // Only what was sealed counts while there is the log's beginning.
    assertThat(check.plan(Map.of(newer, "tried")).checkpoint()).isEmpty();
    try (CheckpointKeeper keeper =
        new CheckpointKeeper(LogFileSystem.LOCAL, job, 3, (position, known) -> {})) {
      keeper.completed(1, 0);
      await().until(() -> sealedCount(directory) == 2);
    }
    Path run = job.resolve("shared/run-2");
    byte[] bytes = Files.readAllBytes(run);
    bytes[4_999] ^= 1;
    Files.write(run, bytes);
    RestorePlan plan = check.plan(Map.of());
    assertThat(plan.checkpoint()).hasValue(older);
    assertThat(plan.logPosition()).isEqualTo(middle);
    assertThat(plan.logEnd()).isEqualTo(end);
    assertThat(plan.passedOver()).singleElement().asString().contains(run.toString());
    Set<Path> needed = check.adopt(plan);
    check.deleteAllBut(needed, root.resolve("other"));
    assertThat(newer).doesNotExist();
    assertThat(run).doesNotExist();
    assertThat(check.plan(Map.of()).checkpoint()).hasValue(older);
    Files.delete(job.resolve("shared/run-1"));
    assertThat(check.plan(Map.of()).checkpoint()).isEmpty();
    Files.delete(log.resolve("00000000000000000000.log"));
    assertThatThrownBy(() -> check.plan(Map.of()))
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED))
        .hasMessageContaining("00000000000000000000.log")
        .hasMessageContaining("Nothing was changed");
  }

  @Test
  void oneCopyOfTheListIsEnoughAndTwoDamagedOnesAreNamed() throws Exception {
    Path root = Files.createDirectories(directory.resolve("checkpoints"));
    CheckpointLedger ledger = new CheckpointLedger(LogFileSystem.LOCAL, root);
    assertThat(ledger.read()).isNull();
    SealedCheckpoint sealed =
        new SealedCheckpoint(
            "job/chk-1", 1, 7, 3, List.of(new CheckpointFile("job/chk-1/_metadata", 12, -5)));
    ledger.write(new CheckpointLedger.Content(4, List.of(sealed)));
    Path beside = directory.resolve(CheckpointLedger.NAME_BESIDE);
    Path inside = root.resolve(CheckpointLedger.NAME_INSIDE);
    byte[] bytes = Files.readAllBytes(beside);
    for (int at = 0; at < bytes.length; at++) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= 0x40;
      Files.write(beside, flipped);
      CheckpointLedger.Content content = Objects.requireNonNull(ledger.read());
      assertThat(content.checkpoints()).containsExactly(sealed);
    }
    Files.write(inside, new byte[3]);
    assertThatThrownBy(ledger::read)
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED));
  }
}
