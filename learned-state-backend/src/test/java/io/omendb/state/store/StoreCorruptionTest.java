package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any changed byte of any file is noticed and named, and never read as data. */
class StoreCorruptionTest {

  private static final int KEY_COUNT = 400;

  @TempDir Path directory;

  private final Random random = Seeds.random("StoreCorruptionTest");
  private Path run = Path.of("");

  @BeforeEach
  void write() throws IOException {
    try (LearnedStore store = LearnedStore.open(directory, options())) {
      for (int i = 0; i < KEY_COUNT; i++) {
        store.put(1, i % 2, key(i), i, key(i));
      }
      store.flush();
      run = store.core().view().runs().get(0).file().path();
    }
  }

  private static StoreOptions options() {
    return StoreOptions.defaults().withBlockBytes(256);
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  private void readAll() throws IOException {
    try (LearnedStore store = LearnedStore.open(directory, options())) {
      for (int i = 0; i < KEY_COUNT; i++) {
        assertThat(store.get(1, i % 2, key(i), Long.MAX_VALUE)).isEqualTo(key(i));
      }
    }
  }

  private static Throwable rootOf(Throwable thrown) {
    return thrown instanceof UncheckedIOException unchecked && unchecked.getCause() != null
        ? unchecked.getCause()
        : thrown;
  }

  /** Bytes 12 to 15 of the header are unused, so they are left out. */
  @Test
  void everyChangedByteOfARunIsFound() throws IOException {
    byte[] good = Files.readAllBytes(run);
    for (int round = 0; round < 400; round++) {
      int position = round < 12 ? round : 16 + random.nextInt(good.length - 16);
      if (round >= 12 && round < 80) {
        position = good.length - 1 - (round - 12);
      }
      byte[] bad = good.clone();
      bad[position] ^= (byte) (1 + random.nextInt(255));
      Files.write(run, bad);
      Throwable thrown = catchThrowable(this::readAll);
      assertThat(rootOf(thrown))
          .as("byte %d of %d changed", position, good.length)
          .isInstanceOf(CorruptStoreException.class)
          .hasMessageContaining(run.toString());
      CorruptStoreException corrupt = (CorruptStoreException) rootOf(thrown);
      assertThat(corrupt.offset()).isBetween(0L, (long) good.length);
      assertThat(corrupt.file()).isEqualTo(run.toString());
    }
    Files.write(run, good);
    readAll();
  }

  /** Neither asking again nor another read shows what was not verified. */
  @Test
  void aCursorThatCameToAChangedBlockShowsNothingMore() throws IOException {
    byte[] bad = Files.readAllBytes(run);
    bad[RunFormat.HEADER_BYTES + 100] ^= 1;
    Files.write(run, bad);
    int failures = 0;
    try (LearnedStore store = LearnedStore.open(directory, options())) {
      for (int i = 0; i < KEY_COUNT; i++) {
        try (StoreCursor cursor = store.scan(1, i % 2, key(i), null, Long.MAX_VALUE)) {
          Throwable thrown = catchThrowable(cursor::next);
          if (thrown != null) {
            failures++;
            assertThat(rootOf(thrown)).isInstanceOf(CorruptStoreException.class);
            assertThatThrownBy(cursor::next).isInstanceOf(IllegalStateException.class);
          } else {
            assertThat(cursor.key()).isEqualTo(key(i));
          }
        }
      }
    }
    assertThat(failures).isPositive();
  }

  @Test
  void aTruncatedRunIsFound() throws IOException {
    byte[] good = Files.readAllBytes(run);
    for (int length : new int[] {0, 10, 63, 64, 100, good.length - 1}) {
      Files.write(run, Arrays.copyOf(good, length));
      assertThatThrownBy(this::readAll)
          .isInstanceOf(CorruptStoreException.class)
          .hasMessageContaining(run.toString());
    }
  }

  @Test
  void anotherRunUnderTheSameNameIsFound() throws IOException {
    Path other = directory.resolve("other");
    try (LearnedStore store = LearnedStore.open(other, options())) {
      store.put(1, 1, key(1), 1, key(2));
      store.flush();
      Files.copy(
          store.core().view().runs().get(0).file().path(),
          run,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    assertThatThrownBy(this::readAll)
        .isInstanceOf(CorruptStoreException.class)
        .hasMessageContaining("manifest names");
  }

  @Test
  void everyChangedByteOfAManifestIsFound() throws IOException {
    Path manifest = directory.resolve(StoreCore.MANIFEST);
    byte[] good = Files.readAllBytes(manifest);
    for (int position = 0; position < good.length; position++) {
      byte[] bad = good.clone();
      bad[position] ^= (byte) (1 + random.nextInt(255));
      Files.write(manifest, bad);
      assertThatThrownBy(this::readAll)
          .isInstanceOf(CorruptStoreException.class)
          .hasMessageContaining(manifest.toString());
    }
    for (int length = 0; length < good.length; length++) {
      Files.write(manifest, Arrays.copyOf(good, length));
      assertThatThrownBy(this::readAll).isInstanceOf(CorruptStoreException.class);
    }
  }

  @Test
  void aMissingRunIsNamed() throws IOException {
    Files.delete(run);
    assertThatThrownBy(this::readAll)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(run.toString());
  }
}
