package io.omendb.bench.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every program with tiny sizes: all is measured, no answer is wrong, no file is left. */
class StateBenchmarksTest {

  @TempDir Path directory;

  private StateBackendsOptions tiny(String... more) {
    List<String> arguments =
        List.of(
            "--backends", "learned,rocksdb-tuned",
            "--keys", "5000",
            "--rounds", "1",
            "--round-seconds", "0.01",
            "--warm-up-seconds", "0.01",
            "--quiet-seconds", "0.1",
            "--miss-samples", "100",
            "--memory-mb", "64",
            "--heap-mb", "128",
            "--directory", directory.toString());
    return StateBackendsOptions.parse(Stream.concat(arguments.stream(), Stream.of(more)).toList());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.filter(path -> !path.endsWith("reports"))).isEmpty();
    }
  }

  @Test
  void everyOperationOfEachBackendIsMeasuredOnce() throws Exception {
    String reportDirectory = directory.resolve("reports").toString();
    StateBackendsOptions options =
        tiny(
            "--operations",
            "get,missing,mix-95-5,put,read-modify-write,scan",
            "--write-seconds",
            "0.1",
            "--reports",
            reportDirectory);
    Map<BackendKind, Report> reports = StateBackends.run(options);

    assertThat(reports.keySet()).containsExactly(BackendKind.LEARNED, BackendKind.ROCKSDB_TUNED);
    reports.forEach(
        (kind, report) -> {
          assertThat(report.complete()).as("%s ended well", kind).isTrue();
          assertThat(report.measurements().keySet())
              .containsExactlyInAnyOrderElementsOf(options.operations());
          assertThat(report.measurements().values())
              .allMatch(one -> one.operationsPerSecond() > 0 && one.operations() > 0);
          assertThat(report.figuresOf(Operation.GET).get("sampled")).isEqualTo(100);
          for (Operation writing : List.of(Operation.PUT, Operation.READ_MODIFY_WRITE)) {
            Figures figures = report.figuresOf(writing);
            assertThat(figures.get("drained-rate"))
                .isPositive()
                .isLessThanOrEqualTo(figures.get("steady-rate"));
            assertThat(figures.get("disk-peak"))
                .isGreaterThanOrEqualTo(figures.get("disk-after"))
                .isNotNegative();
          }
        });
    assertThat(
            Objects.requireNonNull(reports.get(BackendKind.ROCKSDB_TUNED)).remarks().get("OPTIONS"))
        .contains(
            "filter_policy=bloomfilter:10:false",
            "partition_filters=true",
            "data_block_index_type=kDataBlockBinaryAndHash",
            "compression_per_level=kNoCompression");

    // A second run takes what is there; other options do not.
    assertThat(StateBackends.run(options)).isEqualTo(reports);
  }

  @Test
  void aLimitHoldsOrIsRefused() throws Exception {
    StateBackendsOptions options =
        tiny("--backends", "learned", "--operations", "get", "--limit-mb", "400");
    if (!groupsCanBeMade()) {
      assertThatThrownBy(() -> StateBackends.run(options))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("control group");
      return;
    }
    Report report = Objects.requireNonNull(StateBackends.run(options).get(BackendKind.LEARNED));
    assertThat(report.complete()).isTrue();
    assertThat(Long.parseLong(report.remarks().get("MEMORY-PEAK"))).isBetween(1L << 20, 400L << 20);
    Figures figures = report.figuresOf(Operation.GET);
    assertThat(figures.get("cache-bytes")).isPositive();
    assertThat(figures.get("reads")).isNotNegative();
    assertThat(figures.get("missed-reads")).isNotNegative();
  }

  private boolean groupsCanBeMade() {
    try (ControlGroup group = ControlGroup.create(100, directory)) {
      return !group.location().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void readersBesideTheWriterGetRightAnswers() throws Exception {
    SnapshotReaders.Result result =
        SnapshotReaders.run(
            "--keys", "2000",
            "--rate", "50000",
            "--seconds", "0.5",
            "--warm-up-seconds", "0.1",
            "--horizon-lag", "5000",
            "--memory-mb", "32",
            "--access", "zipf",
            "--directory", directory.toString());

    assertThat(result.wrong()).isZero();
    assertThat(result.latency().count()).isPositive();
    assertThat(result.latency().max()).isGreaterThanOrEqualTo(result.latency().p999());
    assertThat(result.writesPerSecond()).isPositive();
  }

  @Test
  void checkpointsAndRestoresOfEachKind() throws Exception {
    Checkpoints.Result result =
        Checkpoints.run(
            "--backends", "learned,rocksdb-tuned",
            "--keys", "5000",
            "--repeats", "2",
            "--memory-mb", "64",
            "--directory", directory.toString());

    assertThat(result.changes()).hasSize(8);
    assertThat(result.changes())
        .allMatch(change -> change.uploadedBytes() > 0 && change.stateBytes() > 0);
    assertThat(result.changes())
        .filteredOn(change -> change.backend().equals("learned"))
        .extracting(Checkpoints.Change::percent)
        .containsExactly(100.0, 0.1, 1.0, 10.0);
    assertThat(result.restores()).hasSize(8);
    assertThat(result.restores())
        .allMatch(
            restore ->
                restore.openMs() <= restore.firstReadMs()
                    && restore.firstReadMs() <= restore.readyMs());
  }
}
