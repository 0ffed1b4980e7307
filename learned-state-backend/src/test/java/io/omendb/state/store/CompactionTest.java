package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compaction costs in space, and what it leaves alone. */
class CompactionTest {

  private static final int KEY_GROUP_COUNT = 16;
  private static final int KEY_COUNT = 20_000;
  private static final int VALUE_BYTES = 100;
  private static final int SPACE_PERCENT = 20;
  private static final int PARTITION_BYTES = 256 << 10;

  @TempDir Path directory;
  private final Random random = Seeds.random("CompactionTest");
  private LearnedStore store;

  @BeforeEach
  void open() throws IOException {
    store =
        LearnedStore.open(
            directory,
            StoreOptions.defaults()
                .with(
                    settings -> {
                      settings.memtableBytes = 64 << 10;
                      settings.partitionBytes = PARTITION_BYTES;
                      settings.compactionSpacePercent = SPACE_PERCENT;
                      settings.executor = Runnable::run;
                    }));
    for (int number = 0; number < KEY_COUNT; number++) {
      write(number);
    }
    store.flush();
    store.compact();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void write(int number) {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    byte[] key = ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    store.put(1, keyGroup(number), key, 1, value);
  }

  private static int keyGroup(int number) {
    return number % KEY_GROUP_COUNT;
  }

  private long diskBytes() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private Set<String> bottomFiles() {
    Set<String> names = new HashSet<>();
    store.core().view().stack().bottom().forEach(run -> names.add(run.file().name()));
    return names;
  }

  @Test
  void overwritingTakesLittleMoreSpaceThanTheData() throws IOException {
    long once = diskBytes();
    long peak = 0;
    for (int i = 0; i < 10 * KEY_COUNT; i++) {
      write(random.nextInt(KEY_COUNT));
      if (i % 500 == 0) {
        peak = Math.max(peak, diskBytes());
      }
    }
    store.flush();
    // Besides what is above: files of which a part was merged already, and a partition twice.
    assertThat(peak).isLessThan(once * (100 + 2 * SPACE_PERCENT) / 100 + 2 * PARTITION_BYTES);
    assertThat(diskBytes()).isLessThan(once * (100 + 2 * SPACE_PERCENT) / 100);
    assertThat(store.core().view().stack().depth()).isLessThan(10);
  }

  @Test
  void onlyThePartitionsThatWereWrittenToAreRewritten() throws IOException {
    Set<String> before = bottomFiles();
    assertThat(before).hasSizeGreaterThan(4);
    for (int round = 0; round < 5; round++) {
      for (int number = 3; number < KEY_COUNT; number += KEY_GROUP_COUNT) {
        write(number);
      }
      store.flush();
    }
    Set<String> gone = new HashSet<>(before);
    gone.removeAll(bottomFiles());
    assertThat(gone).hasSize(1);
  }

  @Test
  void filesOfMergedPartsAreDeletedOnceAllPartsAreMerged() throws IOException {
    for (int i = 0; i < 5 * KEY_COUNT; i++) {
      write(random.nextInt(KEY_COUNT));
    }
    store.flush();
    store.compact();
    List<RunHandle> runs = store.core().view().runs();
    assertThat(store.core().view().stack().upper()).isEmpty();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.filter(file -> file.toString().endsWith(RunFormat.FILE_SUFFIX)))
          .hasSize(runs.size());
    }
    assertThat(store.statistics().entryCount()).isEqualTo(KEY_COUNT);
  }
}
