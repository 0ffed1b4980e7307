package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How blocks are read depends on whether they are in memory; what is read does not. */
class ResidencyTest {

  private static final int KEY_COUNT = 5_000;

  @TempDir Path directory;

  @Test
  void goingBackToMappingsTakesLongerEachTime() {
    Residency residency = new Residency();
    assertThat(residency.isMapped()).isFalse();
    int former = 0;
    for (int round = 0; round < 4; round++) {
      int answers = 0;
      while (!residency.isMapped()) {
        residency.answer(true);
        answers++;
      }
      assertThat(answers).isGreaterThan(former);
      former = answers;
      residency.answer(false);
      assertThat(residency.isMapped()).isFalse();
    }
  }

  @Test
  void oneBlockOutOfMemoryStartsTheCountAgain() {
    Residency residency = new Residency();
    int wanted = 0;
    while (!residency.isMapped()) {
      residency.answer(true);
      wanted++;
    }
    Residency other = new Residency();
    for (int i = 0; i < wanted - 1; i++) {
      other.answer(true);
    }
    other.answer(false);
    for (int i = 0; i < wanted - 1; i++) {
      other.answer(true);
    }
    assertThat(other.isMapped()).isFalse();
  }

  @Test
  void aStoreInMemoryEndsUpReadingMappings() throws IOException {
    try (LearnedStore store = LearnedStore.open(directory, StoreOptions.defaults())) {
      for (int number = 0; number < KEY_COUNT; number++) {
        store.put(1, 0, key(number), 1, key(number * 7));
      }
      store.flush();
      readAll(store);
      long first = store.metrics().positionedReadCount();
      assertThat(first).isPositive();
      readAll(store);
      long second = store.metrics().positionedReadCount();
      readAll(store);
      assertThat(store.metrics().positionedReadCount()).isEqualTo(second);
      assertThat(second).isLessThan(3L * KEY_COUNT);
    }
  }

  @Test
  void aPromptReadAnswersFromMemoryAndNeverReadsTheDevice() throws IOException {
    AtomicBoolean cold = new AtomicBoolean();
    StoreOptions options = StoreOptions.defaults().withFiles(new ForgetfulFiles(cold::get));
    try (LearnedStore store = LearnedStore.open(directory, options)) {
      for (int number = 0; number < KEY_COUNT; number++) {
        store.put(1, 0, key(number), 1, key(number * 7));
      }
      store.flush();
      store.put(1, 0, key(KEY_COUNT), 1, key(1));
      for (boolean nowCold : new boolean[] {true, false}) {
        cold.set(nowCold);
        for (int number = 0; number < KEY_COUNT; number++) {
          byte[] prompt = store.getPromptly(1, 0, key(number), 1, Integer.MAX_VALUE);
          if (nowCold) {
            assertThat(prompt).isSameAs(StoreReader.NOT_PROMPTLY);
          } else {
            assertThat(prompt).isEqualTo(key(number * 7));
          }
        }
        assertThat(store.getPromptly(1, 0, key(KEY_COUNT), 1, Integer.MAX_VALUE)).isEqualTo(key(1));
        assertThat(store.getPromptly(1, 0, key(KEY_COUNT), 1, 3))
            .isSameAs(StoreReader.NOT_PROMPTLY);
      }
      assertThat(store.metrics().positionedReadCount()).isZero();
    }
  }

  private static void readAll(LearnedStore store) {
    for (int number = 0; number < KEY_COUNT; number++) {
      assertThat(store.get(1, 0, key(number), 1)).isEqualTo(key(number * 7));
      assertThat(store.get(1, 0, key(number), 0)).isNull();
    }
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
  }
}
