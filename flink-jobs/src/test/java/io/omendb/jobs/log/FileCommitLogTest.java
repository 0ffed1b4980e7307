package io.omendb.jobs.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.RowChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCommitLogTest {
  private static final FileCommitLogOptions SMALL =
      FileCommitLogOptions.DEFAULT
          .withSegmentBytes(256)
          .withPreallocateBytes(128)
          .withRecentBytesMax(0);

  @TempDir Path directory = Path.of("unset");

  static Commit commit(long csn, long epoch, int valueBytes) {
    byte[] value = new byte[valueBytes];
    Arrays.fill(value, (byte) csn);
    return new Commit(
        csn, epoch, csn, 0, List.of(new RowChange(16384, 1, 3, new byte[] {(byte) csn}, value)));
  }

  static List<Long> csns(FileCommitLog log, long from) throws IOException {
    List<Long> result = new ArrayList<>();
    try (LogReader reader = log.read(from)) {
      for (LogRecord record = reader.poll(); record != null; record = reader.poll()) {
        result.add(record.csn());
      }
      assertThat(reader.position()).isEqualTo(log.endPosition());
    }
    return result;
  }

  @Test
  void recordsSurviveReopeningAcrossSegments() throws IOException {
    long middle = -1;
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      assertThat(log.epoch()).isEqualTo(1);
      for (long csn = 1; csn <= 40; csn++) {
        long end = log.append(List.of(commit(csn, 1, 30)));
        assertThat(end).isEqualTo(log.endPosition());
        middle = csn == 20 ? end : middle;
      }
      assertThat(csns(log, 0)).hasSize(40);
    }
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      assertThat(log.epoch()).isEqualTo(2);
      assertThat(csns(log, 0)).hasSize(40).isSorted();
      assertThat(csns(log, middle)).hasSize(20).startsWith(21L);
      log.trim(middle);
      assertThat(log.beginPosition()).isPositive().isLessThanOrEqualTo(middle);
      assertThat(csns(log, middle)).hasSize(20).startsWith(21L);
      assertThatThrownBy(() -> log.read(0)).hasMessageContaining("trimmed");
    }
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      assertThat(csns(log, middle)).hasSize(20);
    }
  }

  @Test
  void followersAreWokenAndReadFromMemory() throws Exception {
    try (FileCommitLog log = FileCommitLog.open(directory, FileCommitLogOptions.DEFAULT);
        LogReader reader = log.read(0)) {
      assertThat(reader.poll()).isNull();
      CompletableFuture<Void> available = reader.available();
      assertThat(available).isNotDone();
      Commit appended = commit(1, 1, 10);
      log.append(List.of(appended));
      assertThat(available).isDone();
      assertThat(reader.poll()).isSameAs(appended);
      assertThat(reader.poll()).isNull();
    }
  }

  @Test
  void aNewerLogInTheProcessFencesTheOlder() throws IOException {
    FileCommitLog older = FileCommitLog.open(directory, SMALL);
    older.append(List.of(commit(1, 1, 10)));
    try (FileCommitLog newer = FileCommitLog.open(directory, SMALL)) {
      assertThat(newer.epoch()).isEqualTo(2);
      assertThat(older.isFenced()).isTrue();
      assertThatThrownBy(() -> older.append(List.of(commit(2, 1, 10))))
          .isInstanceOfSatisfying(
              OmenException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE));
      older.close();
      newer.append(List.of(commit(2, 2, 10)));
      assertThat(csns(newer, 0)).containsExactly(1L, 2L);
    }
  }

  @Test
  void anEpochTakenElsewhereIsNoticedBeforeACommitIsAcknowledged() throws IOException {
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      new EpochFile(LogFileSystem.LOCAL, directory.toRealPath()).write(7);
      assertThatThrownBy(() -> log.append(List.of(commit(1, 1, 10))))
          .isInstanceOfSatisfying(
              OmenException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN));
      assertThat(log.endPosition()).isZero();
      assertThatThrownBy(log::verifyEpoch).hasMessageContaining("taken over");
    }
  }

  /** Cuts and tears the last group at every byte: what was acknowledged before it always stays. */
  @Test
  void aTornTailEndsBeforeTheTear() throws IOException {
    long acknowledged;
    byte[] durableEnd;
    byte[] image;
    Path file;
    try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
      acknowledged = log.append(List.of(commit(1, 1, 5), commit(2, 1, 5)));
      durableEnd = Files.readAllBytes(directory.resolve(DurableEnd.NAME));
      log.append(List.of(commit(3, 1, 9), commit(4, 1, 9)));
      file = onlySegment();
      image = Files.readAllBytes(file);
    }
    int durable = (int) acknowledged + Segment.HEADER_BYTES;
    for (int cut = durable; cut < image.length; cut++) {
      for (boolean zeroed : new boolean[] {false, true}) {
        byte[] torn = zeroed ? image.clone() : Arrays.copyOf(image, cut);
        if (zeroed) {
          Arrays.fill(torn, cut, Math.min(image.length, cut + 7), (byte) 0);
        }
        replaceSegments(file, torn);
        Files.write(directory.resolve(DurableEnd.NAME), durableEnd);
        try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
          List<Long> found = csns(log, 0);
          assertThat(found).as("cut at %d", cut).startsWith(1L, 2L);
          assertThat(found.size()).isLessThanOrEqualTo(4);
          long epoch = log.epoch();
          log.append(List.of(commit(10, epoch, 3)));
          assertThat(csns(log, 0)).endsWith(10L);
        }
      }
    }
  }

  /** The last group was acknowledged: a start that loses any byte of it must not go unnoticed. */
  @Test
  void damageOfTheLastAcknowledgedGroupIsCorruption() throws IOException {
    long before;
    byte[] image;
    Path file;
    try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
      before = log.append(List.of(commit(1, 1, 5)));
      log.append(List.of(commit(2, 1, 5)));
      file = onlySegment();
      image = Files.readAllBytes(file);
    }
    for (int at = (int) before + Segment.HEADER_BYTES; at < image.length; at++) {
      byte[] flipped = image.clone();
      flipped[at] ^= 0x55;
      for (byte[] damaged : List.of(flipped, Arrays.copyOf(image, at))) {
        replaceSegments(file, damaged);
        assertRefused("byte " + at, file);
      }
    }
    Files.delete(file);
    assertRefused("no segment", file);
    replaceSegments(file, image);
    try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
      assertThat(csns(log, 0)).containsExactly(1L, 2L);
    }
  }

  /**
   * One damaged copy of what tells the log's end is survived, the loss of both is not guessed over.
   */
  @Test
  void theRecordOfTheDurableEndHasTwoCopies() throws IOException {
    try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
      log.append(List.of(commit(1, 1, 5)));
    }
    Path file = directory.resolve(DurableEnd.NAME);
    byte[] image = Files.readAllBytes(file);
    for (int at = 0; at < image.length; at++) {
      byte[] flipped = image.clone();
      flipped[at] ^= 0x10;
      Files.write(file, flipped);
      try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
        assertThat(csns(log, 0)).containsExactly(1L);
      }
    }
    Files.write(file, Arrays.copyOf(image, 10));
    assertRefused("truncated", file);
    Files.delete(file);
    assertRefused("deleted", file);
  }

  private void assertRefused(String what, Path file) {
    assertThatThrownBy(() -> FileCommitLog.open(directory, noPreallocation()))
        .as(what)
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED))
        .hasMessageContaining(file.toString());
  }

  /** Damage to a group that a later group proves durable is corruption, at every byte of it. */
  @Test
  void damageBeforeTheLastGroupIsCorruption() throws IOException {
    long first;
    byte[] image;
    Path file;
    try (FileCommitLog log = FileCommitLog.open(directory, noPreallocation())) {
      first = log.append(List.of(commit(1, 1, 5)));
      log.append(List.of(commit(2, 1, 5)));
      file = onlySegment();
      image = Files.readAllBytes(file);
    }
    for (int at = 0; at < first + Segment.HEADER_BYTES; at++) {
      if (at >= 28 && at < Segment.HEADER_BYTES) {
        continue; // unused bytes of the header
      }
      byte[] damaged = image.clone();
      damaged[at] ^= 0x55;
      replaceSegments(file, damaged);
      String what = "byte " + at;
      assertThatThrownBy(() -> FileCommitLog.open(directory, noPreallocation()))
          .as(what)
          .isInstanceOfSatisfying(
              OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED))
          .hasMessageContaining(String.valueOf(file.getFileName()))
          .hasMessageContaining("offset");
    }
  }

  @Test
  void damageInAnEarlierSegmentIsFoundWhenItIsRead() throws IOException {
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      for (long csn = 1; csn <= 20; csn++) {
        log.append(List.of(commit(csn, 1, 30)));
      }
    }
    Path oldest = directory.resolve(Segment.fileName(0));
    byte[] bytes = Files.readAllBytes(oldest);
    bytes[Segment.HEADER_BYTES + 30] ^= 1;
    Files.write(oldest, bytes);
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL);
        LogReader reader = log.read(0)) {
      assertThatThrownBy(reader::poll)
          .isInstanceOfSatisfying(
              OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED))
          .hasMessageContaining(oldest.toString());
    }
  }

  @Test
  void aRecordAboveTheLimitIsRefusedAndHarmsNothing() throws IOException {
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      byte[] shared = new byte[64 << 20];
      List<LogRecord.Change> changes = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        changes.add(new RowChange(16384, 1, 0, new byte[] {(byte) i}, shared));
      }
      assertThatThrownBy(() -> log.append(List.of(new Commit(1, 1, 1, 0, changes))))
          .isInstanceOfSatisfying(
              OmenException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.PROGRAM_LIMIT_EXCEEDED));
      log.append(List.of(commit(1, 1, 10)));
      assertThat(csns(log, 0)).containsExactly(1L);
    }
  }

  /** A commit whose record has about that size. */
  private static Commit large(long csn, int bytes) {
    List<LogRecord.Change> changes = new ArrayList<>();
    for (int i = 0; i < bytes / 1000; i++) {
      byte[] value = new byte[980];
      Arrays.fill(value, (byte) i);
      changes.add(
          new RowChange(16384, 1, 3, new byte[] {(byte) csn, (byte) (i >> 8), (byte) i}, value));
    }
    return new Commit(csn, 1, csn, 0, changes);
  }

  @Test
  void aLargeRecordIsWrittenInPiecesAndReadWhole() throws IOException {
    Commit large = large(2, 6 << 20);
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL)) {
      log.append(List.of(commit(1, 1, 10), large, commit(3, 1, 10)));
      assertThat(csns(log, 0)).containsExactly(1L, 2L, 3L);
    }
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL);
        LogReader reader = log.read(0)) {
      assertThat(reader.poll()).extracting(LogRecord::csn).isEqualTo(1L);
      assertThat(reader.poll())
          .isInstanceOfSatisfying(
              Commit.class, read -> assertThat(bytes(read)).isEqualTo(bytes(large)));
      assertThat(reader.poll()).extracting(LogRecord::csn).isEqualTo(3L);
    }
  }

  private static byte[] bytes(Commit commit) {
    DataOutputSerializer out = new DataOutputSerializer(1 << 20);
    try {
      LogRecordCodec.write(out, commit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.getCopyOfBuffer();
  }

  @Test
  void ofAGroupWithALargeRecordWholeRecordsAreLeftAndAllOfAnAcknowledgedOne() throws IOException {
    List<LogRecord> group = List.of(commit(2, 1, 10), large(3, 5 << 20), commit(4, 1, 10));
    boolean failed = true;
    int acknowledged = 0;
    for (int failAt = 1; failed; failAt++) {
      for (boolean thenDead : new boolean[] {true, false}) {
        Path at = directory.resolve(failAt + "-" + thenDead);
        FaultyFiles faults = new FaultyFiles(failAt, thenDead, "No space left on device");
        List<Long> expected = new ArrayList<>();
        try (FileCommitLog log = FileCommitLog.open(at, SMALL.withFiles(faults))) {
          log.append(List.of(commit(1, 1, 10)));
          expected.add(1L);
          log.append(group);
          expected.addAll(List.of(2L, 3L, 4L));
          acknowledged++;
        } catch (IOException | OmenException full) {
          assertThat(faults.failed()).as("%s", full).isTrue();
        }
        failed = faults.failed();
        try (FileCommitLog log = FileCommitLog.open(at, SMALL)) {
          List<Long> found = csns(log, 0);
          assertThat(found).as("failing at %d", failAt).containsAll(expected);
          assertThat(found).isEqualTo(List.of(1L, 2L, 3L, 4L).subList(0, found.size()));
        }
      }
    }
    assertThat(acknowledged).isPositive();
  }

  private static FileCommitLogOptions noPreallocation() {
    return FileCommitLogOptions.DEFAULT.withPreallocateBytes(0).withRecentBytesMax(0);
  }

  private Path onlySegment() throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(f -> f.toString().endsWith(Segment.SUFFIX)).findFirst().orElseThrow();
    }
  }

  private void replaceSegments(Path file, byte[] bytes) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path other : files.filter(f -> f.toString().endsWith(Segment.SUFFIX)).toList()) {
        Files.delete(other);
      }
    }
    Files.write(file, bytes);
  }
}
