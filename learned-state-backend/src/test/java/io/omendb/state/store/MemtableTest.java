package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A keyspace may be announced as read by key at any time, and scanned all the same. */
class MemtableTest {

  private static final long SECTION = Section.of(1, 0);

  private final Memtable table = new Memtable(ArenaAllocator.direct(), 64 << 10, Runnable::run);

  private void put(int key, long version, boolean loose) {
    byte[] bytes = bytes(key);
    byte[] value = bytes((int) version);
    table.put(SECTION, bytes, bytes.length, version, value, value.length, loose);
  }

  private static byte[] bytes(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
  }

  private long found(int key, long version) {
    byte[] bytes = bytes(key);
    long hash = KeyHash.of(SECTION, bytes, 0, bytes.length);
    Lookup lookup = new Lookup();
    table.find(SECTION, bytes, bytes.length, hash, version, lookup);
    if (lookup.version >= 0) {
      assertThat(lookup.value()).isEqualTo(bytes((int) lookup.version));
    }
    return lookup.version;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void versionsOfBothKindsAreFound(boolean looseFirst) throws IOException {
    put(7, 2, looseFirst);
    put(7, 4, looseFirst);
    put(7, 5, !looseFirst);
    put(7, 1, !looseFirst);
    put(7, 3, !looseFirst);
    for (long version = 1; version <= 5; version++) {
      assertThat(found(7, version)).isEqualTo(version);
    }
    assertThat(found(7, 0)).isEqualTo(-1);
    assertThat(versions()).containsExactly(5L, 4L, 3L, 2L, 1L);
  }

  private List<Long> versions() throws IOException {
    List<Long> versions = new ArrayList<>();
    EntryCursor cursor = table.cursor(SECTION, null);
    while (cursor.advance()) {
      versions.add(cursor.version);
    }
    return versions;
  }

  /** Against a map, with scans by the writer now and then. */
  @Test
  void whateverWasAnnouncedWhenReadsFindTheNewestAtOrBelowTheirVersion() throws IOException {
    Random random = Seeds.random("MemtableTest");
    List<NavigableMap<Long, Long>> model = new ArrayList<>();
    for (int key = 0; key < 400; key++) {
      model.add(new TreeMap<>());
    }
    boolean loose = random.nextBoolean();
    long entryCount = 0;
    for (int step = 0; step < 20_000; step++) {
      int key = random.nextInt(model.size());
      long version = random.nextInt(40);
      if (random.nextInt(4) == 0) {
        Long expected = model.get(key).floorKey(version);
        assertThat(found(key, version)).isEqualTo(expected == null ? -1 : expected);
      } else {
        put(key, version, loose);
        entryCount += model.get(key).put(version, version) == null ? 1 : 0;
      }
      if (random.nextInt(2_000) == 0) {
        loose = !loose;
      }
      if (random.nextInt(3_000) == 0) {
        table.order(1);
      }
    }
    assertThat(versions()).hasSize((int) entryCount);
    assertThat(table.entryCount()).isEqualTo(entryCount);
  }
}
