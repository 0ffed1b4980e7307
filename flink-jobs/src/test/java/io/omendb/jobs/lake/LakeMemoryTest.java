package io.omendb.jobs.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.lake.LakeMemory.Room;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.lake.CutFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LakeMemoryTest {
  private static final int MEGABYTE = 1 << 20;

  private final MemoryShare share = new MemoryShare("LAKE", "see why", 16 * MEGABYTE);
  private final LakeMemory memory = new LakeMemory(share);

  @Test
  void stepsThatFindNoRoomArePutOffUntilOthersEnd() {
    List<Room> rooms = new ArrayList<>();
    Room next = memory.tryExport(1);
    while (next != null) {
      rooms.add(next);
      next = memory.tryExport(1);
    }
    assertThat(rooms).hasSizeBetween(2, 8);
    assertThat(share.usedBytes()).isPositive().isLessThanOrEqualTo(share.bytesMax());
    rooms.remove(0).close();
    try (Room room = Objects.requireNonNull(memory.tryExport(2))) {
      room.grow(100);
    }
    rooms.forEach(Room::close);
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void whatIsLargerThanTheShareGoesAheadAlone() {
    CutFiles large = new CutFiles(new byte[2 * MEGABYTE], 0, 10_000_000);
    try (Room alone = Objects.requireNonNull(memory.tryCommit(List.of(large)))) {
      assertThat(share.usedBytes()).isGreaterThan(share.bytesMax());
      assertThat(memory.tryExport(1)).isNull();
      assertThat(share.tryReserve(1)).isFalse();
      alone.grow(MEGABYTE);
    }
    assertThat(share.usedBytes()).isZero();
    Objects.requireNonNull(memory.tryExport(1)).close();
  }

  @Test
  void whileTooMuchWaitsForTheLakeOnlyTablesThatArePartlyThereAreExported() {
    memory.hold(1, 5 * MEGABYTE);
    memory.hold(2, 5 * MEGABYTE);
    memory.hold(2, MEGABYTE);
    assertThat(memory.tryExport(3)).isNull();
    Objects.requireNonNull(memory.tryExport(1)).close();
    memory.release(1, 5 * MEGABYTE);
    Objects.requireNonNull(memory.tryExport(3)).close();
    memory.hold(3, 5 * MEGABYTE);
    memory.release(2, MEGABYTE);
    Objects.requireNonNull(memory.tryExport(2)).close();
    memory.release(2, 5 * MEGABYTE);
    memory.release(3, 5 * MEGABYTE);
    assertThat(share.usedBytes()).isZero();
    assertThat(memory.heldBytes()).isZero();
  }

  @Test
  void howMuchIsGatheredFollowsFromTheShare() {
    LakeMemory large = new LakeMemory(new MemoryShare("LAKE", "see why", 4L << 30));
    assertThat(memory.rowGroupBytes()).isEqualTo(MEGABYTE);
    assertThat(large.rowGroupBytes()).isEqualTo(32L * MEGABYTE);
  }
}
