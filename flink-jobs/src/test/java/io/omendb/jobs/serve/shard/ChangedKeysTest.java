package io.omendb.jobs.serve.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangedKeysTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int TABLE = 7;
  private static final int SHARD = 3;

  /** The delta of one table's shard; true for entries that were trimmed. */
  private static final class Delta implements StoreReader {
    final NavigableMap<byte[], Boolean> entries = new TreeMap<>(Arrays::compareUnsigned);

    @Override
    public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
      throw new UnsupportedOperationException();
    }

    @Override
    public byte @Nullable [] getPromptly(
        int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
      throw new UnsupportedOperationException();
    }

    @Override
    public StoreCursor scan(
        int keyspace,
        int keyGroup,
        byte @Nullable [] fromInclusive,
        byte @Nullable [] toExclusive,
        long version) {
      assertThat(keyspace).isEqualTo(Keyspaces.delta(TABLE));
      assertThat(keyGroup).isEqualTo(SHARD);
      Iterator<byte[]> keys =
          entries.subMap(fromInclusive, true, toExclusive, false).keySet().iterator();
      return new StoreCursor() {
        private byte[] key = new byte[0];

        @Override
        public boolean next() {
          boolean more = keys.hasNext();
          key = more ? keys.next() : key;
          return more;
        }

        @Override
        public byte[] key() {
          return key;
        }

        @Override
        public byte[] value() {
          return new byte[0];
        }

        @Override
        public long version() {
          return Keyspaces.deltaCsn(key);
        }

        @Override
        public boolean isDeleted() {
          return Boolean.TRUE.equals(entries.get(key));
        }

        @Override
        public void close() {}
      };
    }
  }

  @Test
  void batchesTogetherAreAllKeysOnceInOrder() {
    System.out.println("-Dseed=" + SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      Delta delta = new Delta();
      long after = random.nextInt(50);
      long to = after + random.nextInt(100);
      NavigableSet<byte[]> expected = new TreeSet<>(Arrays::compareUnsigned);
      int keyCount = 1 + random.nextInt(200);
      for (int i = random.nextInt(1000); i > 0; i--) {
        byte[] key = key(random, keyCount);
        long csn = random.nextInt(200);
        boolean trimmed = random.nextInt(10) == 0;
        delta.entries.put(Keyspaces.deltaKey(csn, key), trimmed);
      }
      delta.entries.forEach(
          (entry, trimmed) -> {
            long csn = Keyspaces.deltaCsn(entry);
            if (!trimmed && csn > after && csn <= to) {
              expected.add(Keyspaces.deltaRowKey(entry));
            }
          });
      long bytesMax = random.nextInt(4) == 0 ? 0 : random.nextInt(3000);
      assertThat(inBatches(delta, after, to, bytesMax))
          .containsExactly(expected.toArray(new byte[0][]));
      assertThat(ChangedKeys.between(delta, TABLE, SHARD, after, to))
          .containsExactly(expected.toArray(new byte[0][]));
    }
  }

  private static byte[] key(Random random, int keyCount) {
    int number = random.nextInt(keyCount);
    byte[] key = new byte[1 + number % 7];
    key[0] = (byte) number;
    return key;
  }

  private static List<byte[]> inBatches(Delta delta, long after, long to, long bytesMax) {
    List<byte[]> all = new ArrayList<>();
    byte[] last = null;
    ChangedKeys.Batch batch;
    do {
      batch = ChangedKeys.next(delta, TABLE, SHARD, after, to, last, bytesMax);
      long bytes = batch.keys().stream().mapToLong(key -> 28 + key.length).sum();
      assertThat(bytes <= bytesMax || batch.keys().size() == 1).isTrue();
      assertThat(batch.complete() || !batch.keys().isEmpty()).isTrue();
      all.addAll(batch.keys());
      last = batch.keys().isEmpty() ? null : batch.keys().get(batch.keys().size() - 1);
    } while (!batch.complete());
    return all;
  }
}
