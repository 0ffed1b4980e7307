package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.restore.BufferedKeyGroups;
import io.omendb.state.store.Seeds;
import java.util.Arrays;
import java.util.Random;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.junit.jupiter.api.Test;

/** The buffered stream against the bytes that it reads. */
class BufferedKeyGroupsTest {

  private static final int BYTES = 300_000;

  @Test
  void readsAndSeeksAsTheBytesLie() throws Exception {
    Random random = Seeds.random("BufferedKeyGroupsTest");
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    try (BufferedKeyGroups.Stream stream =
        new BufferedKeyGroups.Stream(new ByteStreamStateHandle("bytes", bytes).openInputStream())) {
      int position = 0;
      for (int step = 0; step < 20_000; step++) {
        switch (random.nextInt(6)) {
          case 0 -> {
            position = random.nextInt(BYTES + 1);
            stream.seek(position);
          }
          case 1 -> {
            position = Math.max(0, Math.min(BYTES, position + random.nextInt(2000) - 1000));
            stream.seek(position);
          }
          case 2 -> position = assertRead(stream, bytes, position, random.nextInt(200_000));
          case 3 -> position = assertRead(stream, bytes, position, random.nextInt(20));
          default -> {
            int expected = position == BYTES ? -1 : bytes[position++] & 0xFF;
            assertThat(stream.read()).isEqualTo(expected);
          }
        }
        assertThat(stream.getPos()).isEqualTo(position);
      }
    }
  }

  private static int assertRead(
      BufferedKeyGroups.Stream stream, byte[] bytes, int position, int length) throws Exception {
    byte[] target = new byte[length + 2];
    int count = stream.read(target, 1, length);
    if (length > 0 && position == BYTES) {
      assertThat(count).isEqualTo(-1);
      return position;
    }
    assertThat(count).isBetween(Math.min(length, 1), length);
    if (!Arrays.equals(target, 1, 1 + count, bytes, position, position + count)) {
      assertThat(Arrays.copyOfRange(target, 1, 1 + count))
          .isEqualTo(Arrays.copyOfRange(bytes, position, position + count));
    }
    return position + count;
  }
}
