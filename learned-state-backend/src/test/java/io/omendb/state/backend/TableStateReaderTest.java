package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.table.TableState;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads of table state from other threads, while the task writes and after it has ended. */
class TableStateReaderTest {

  private static final int KEYS = 1000;
  private static final int READERS = 4;

  @TempDir Path checkpoints;
  private BackendHarness harness;
  private LearnedKeyedStateBackend<Integer> backend;
  private final ExecutorService readers = Executors.newFixedThreadPool(READERS);

  @BeforeEach
  void open() throws Exception {
    harness = new BackendHarness(checkpoints);
    backend = harness.open(IntSerializer.INSTANCE, KeyGroupRange.of(0, 31));
  }

  @AfterEach
  void close() throws Exception {
    readers.shutdownNow();
    assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    harness.close();
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(4).putInt(key).array();
  }

  private void writeAll(long version) {
    TableState table = backend.tableState();
    for (int key = 0; key < KEYS; key++) {
      table.put(7, key % 32, key(key), version, ByteBuffer.allocate(8).putLong(version).array());
    }
  }

  @Test
  void readersInFlightEndOrdinarilyWhenTheBackendIsDisposed() throws Exception {
    writeAll(1);
    StoreReader reader = backend.tableState().reader();
    CountDownLatch reading = new CountDownLatch(READERS);
    List<Future<Boolean>> results = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      results.add(readers.submit(() -> readUntilClosed(reader, reading)));
    }
    assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
    for (long version = 2; version < 20; version++) {
      writeAll(version);
    }
    backend.dispose();
    for (Future<Boolean> result : results) {
      assertThat(result.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** True if reading ended with the exception that the contract names. */
  private static boolean readUntilClosed(StoreReader reader, CountDownLatch reading) {
    try {
      for (int round = 0; ; round++) {
        byte[] value = reader.get(7, round % 32, key(round % 32), 1);
        assertThat(value).isNotNull();
        assertThat(ByteBuffer.wrap(value).getLong()).isEqualTo(1);
        try (StoreCursor cursor = reader.scan(7, round % 32, null, null, 1)) {
          int seen = 0;
          while (cursor.next()) {
            assertThat(cursor.version()).isEqualTo(1);
            seen++;
          }
          assertThat(seen).isBetween(KEYS / 32, KEYS / 32 + 1);
        }
        reading.countDown();
      }
    } catch (IllegalStateException closed) {
      return true;
    }
  }

  @Test
  void refusesReadsAfterDispose() {
    writeAll(1);
    StoreReader reader = backend.tableState().reader();
    StoreCursor cursor = reader.scan(7, 0, null, null, 1);
    assertThat(cursor.next()).isTrue();
    backend.dispose();

    assertThatThrownBy(() -> reader.get(7, 0, key(0), 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> reader.newestVersion(7, 0, key(0), 1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> reader.scan(7, 0, null, null, 1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(cursor::next).isInstanceOf(IllegalStateException.class);
    cursor.close();
  }

  @Test
  void keepsItsKeyGroupsAndKeyspaces() {
    TableState table = backend.tableState();
    assertThat(table.keyGroups()).isEqualTo(KeyGroupRange.of(0, 31));
    assertThatThrownBy(() -> table.put(0, 32, key(0), 1, key(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32");
    assertThatThrownBy(() -> table.put(-1, 0, key(0), 1, key(0)))
        .isInstanceOf(IllegalArgumentException.class);

    table.put(0, 0, key(0), 1, key(1));
    table.put(1 << 30, 0, key(0), 1, key(2));
    assertThat(table.reader().get(0, 0, key(0), 1)).isEqualTo(key(1));
    assertThat(table.reader().get(1 << 30, 0, key(0), 1)).isEqualTo(key(2));
    table.dropKeyspace(0);
    assertThat(table.reader().get(0, 0, key(0), 1)).isNull();
    assertThat(table.reader().get(1 << 30, 0, key(0), 1)).isEqualTo(key(2));
  }

  @Test
  void canonicalSavepointsOfTableStateAreRefusedWithAdvice() {
    writeAll(1);
    assertThatThrownBy(() -> backend.savepoint())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("native savepoint");
  }
}
