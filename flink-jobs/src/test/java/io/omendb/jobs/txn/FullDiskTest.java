package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.CoordinatedTransactionTest.assertFails;
import static io.omendb.jobs.txn.TestDatabase.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.SmallDisk;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A disk that fills up and gets room again, under a running coordinator. Always on {@link
 * SmallDisk}; with {@code -Domendb.small-disk=DIRECTORY} also on a real file system, an empty one
 * of 64 MB or less, as {@code benchmarks/full-disk.sh} makes it.
 */
class FullDiskTest {
  private static final CoordinatorOptions OPTIONS = CoordinatorOptions.defaults().withCuts(0, 0);

  /** No file as large as that: its segments begin and end often. */
  private static final int SEGMENT_BYTES = 100_000;

  @TempDir static Path temporary = Path.of("unset");
  private static int number;

  /** A disk that others can fill. */
  interface Disk {
    Path directory();

    LogFileSystem files();

    /** Takes all room but that many bytes. */
    void leave(long freeBytes) throws IOException;

    void free() throws IOException;
  }

  static List<Disk> disks() {
    List<Disk> disks = new ArrayList<>();
    disks.add(new Simulated(temporary.resolve("disk" + number++)));
    String real = System.getProperty("omendb.small-disk");
    if (real != null) {
      disks.add(new Real(Path.of(real)));
    }
    return disks;
  }

  private static final class Simulated implements Disk {
    private static final long BYTES = 4 << 20;
    private final Path directory;
    private final SmallDisk files = new SmallDisk(BYTES);

    Simulated(Path directory) {
      this.directory = directory;
    }

    @Override
    public Path directory() {
      return directory;
    }

    @Override
    public LogFileSystem files() {
      return files;
    }

    @Override
    public void leave(long freeBytes) {
      files.resize(files.usedBytes() + freeBytes);
    }

    @Override
    public void free() {
      files.resize(BYTES);
    }

    @Override
    public String toString() {
      return "simulated";
    }
  }

  private record Real(Path root) implements Disk {
    @Override
    public Path directory() {
      return root.resolve("log" + number++);
    }

    @Override
    public LogFileSystem files() {
      return LogFileSystem.LOCAL;
    }

    private Path ballast() {
      return root.resolve("ballast");
    }

    @Override
    public void leave(long freeBytes) throws IOException {
      try (FileChannel file =
          FileChannel.open(ballast(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        long usable = LogFileSystem.LOCAL.usableBytes(root);
        while (usable > freeBytes) {
          file.write(ByteBuffer.allocate((int) Math.min(1 << 16, usable - freeBytes)));
          usable = LogFileSystem.LOCAL.usableBytes(root);
        }
      }
    }

    @Override
    public void free() throws IOException {
      Files.deleteIfExists(ballast());
    }
  }

  private static void insert(TestDatabase db, TableSchema table, long id, String value) {
    try (Transaction transaction = db.database.begin()) {
      transaction.insert(table, row(id, value));
      Waits.await(transaction.commit());
    }
  }

  private static Set<Long> ids(TestDatabase db) {
    Set<Long> ids = new HashSet<>();
    try (Transaction transaction = db.database.begin()) {
      TableSchema table = transaction.catalog().table("public", "t").orElseThrow();
      try (RowCursor rows = transaction.scan(table, KeyRange.ALL)) {
        while (rows.next()) {
          ids.add(rows.current().row().getLong(0));
        }
      }
    }
    return ids;
  }

  /** Without a reserve the log itself meets the end of the disk, again and again. */
  @ParameterizedTest
  @MethodSource("disks")
  void withoutRoomWritesFailReadsGoOnAndWritesComeBack(Disk disk) throws IOException {
    Path directory = disk.directory();
    FileCommitLogOptions options =
        FileCommitLogOptions.DEFAULT
            .withSegmentBytes(SEGMENT_BYTES)
            .withPreallocateBytes(1 << 14)
            .withFiles(disk.files());
    Set<Long> committed = new HashSet<>();
    long next = 0;
    String value = "v".repeat(3_000);
    try (TestDatabase db = new TestDatabase(directory, OPTIONS, options)) {
      TableSchema table = db.createTable("t");
      for (int round = 0; round < 20; round++) {
        disk.leave(10_000 + 5_000L * round);
        boolean full = false;
        for (int i = 0; i < 200 && !full; i++) {
          try {
            insert(db, table, next, value);
            committed.add(next);
          } catch (OmenException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.DISK_FULL);
            full = true;
          }
          next++;
        }
        assertThat(full).as("round %d fills the disk", round).isTrue();
        assertThat(ids(db)).isEqualTo(committed);
        assertThat(db.coordinator.failure()).isNotDone();
        disk.free();
        insert(db, table, next, value);
        committed.add(next++);
        assertThat(ids(db)).isEqualTo(committed);
      }
      assertThat(db.coordinator.epoch()).as("no other coordinator").isEqualTo(1);
    }
    try (TestDatabase db = new TestDatabase(directory, OPTIONS, options)) {
      assertThat(ids(db)).isEqualTo(committed);
    }
  }

  @ParameterizedTest
  @MethodSource("disks")
  void belowTheReserveWritesAreRefusedBeforeTheDiskIsFull(Disk disk) throws IOException {
    CoordinatorOptions reserving = OPTIONS.withDiskReserveBytes(300_000);
    FileCommitLogOptions options =
        FileCommitLogOptions.DEFAULT.withPreallocateBytes(0).withFiles(disk.files());
    try (TestDatabase db = new TestDatabase(disk.directory(), reserving, options)) {
      TableSchema table = db.createTable("t");
      insert(db, table, 1, "first");
      Transaction open = db.database.begin();
      open.insert(table, row(2, "open"));
      disk.leave(200_000);
      Awaitility.await()
          .untilAsserted(
              () -> assertFails(ErrorCode.DISK_FULL, () -> insert(db, table, 3, "refused")));
      assertThatThrownBy(() -> insert(db, table, 3, "refused"))
          .hasMessageContaining("go on when there is room");
      assertFails(ErrorCode.DISK_FULL, () -> Waits.await(open.commit()));
      assertThat(ids(db)).containsExactly(1L);
      assertThat(db.database.requestCut())
          .as("no cut takes room")
          .isEqualTo(db.database.durableCsn());
      assertThat(db.coordinator.stateCopy().outstandingCuts()).isEmpty();
      disk.free();
      Awaitility.await()
          .ignoreExceptionsInstanceOf(OmenException.class)
          .untilAsserted(() -> insert(db, table, 4, "again"));
      assertThat(ids(db)).containsExactlyInAnyOrder(1L, 4L);
    }
  }
}
