package io.omendb.jobs.serve.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.TableSchema;
import io.omendb.state.store.EmptyReader;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nobody waits behind a subtask that has ended, or reads what it has not applied. */
class SubtaskShardsTest {

  private static final int TABLE = 16384;

  private final SubtaskShards shards =
      new SubtaskShards(new KeyGroupRange(0, 3), new EmptyReader());

  @BeforeEach
  void showTable() {
    shards.show(new TableSchema(TABLE, "public", "t", 1, List.of(), List.of(), Map.of()), 0);
  }

  private CompletableFuture<@Nullable Void> whenLocated() {
    return Objects.requireNonNull(shards.whenLocated(1, TABLE, 10));
  }

  @Test
  void whoWaitsForLocationsGoesOnWhenTheyAreThere() {
    CompletableFuture<@Nullable Void> located = whenLocated();
    shards.located(TABLE, 9);
    assertThat(located).isNotDone();
    shards.located(TABLE, 10);
    assertThat(located).isCompleted();
    assertThat(whenLocated()).isCompleted();
  }

  @Test
  void whoWaitsForLocationsIsToldThatTheSubtaskHasEnded() {
    CompletableFuture<@Nullable Void> located = whenLocated();
    assertThat(shards.end()).isEmpty();
    assertThat(located)
        .isCompletedExceptionally()
        .withFailMessage("left waiting")
        .failsWithin(java.time.Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANNOT_CONNECT_NOW));
  }

  @Test
  void whoComesToASubtaskThatHasEndedDoesNotWait() {
    assertThat(shards.end()).isEmpty();
    assertThat(shards.whenLocated(1, TABLE, 10)).isNull();
    assertThat(shards.whenLocated(1, TABLE + 1, 10)).isNull();
  }

  @Test
  void whoWaitsForLocationsIsToldThatTheTableIsForgotten() {
    CompletableFuture<@Nullable Void> located = whenLocated();
    shards.forget(TABLE);
    assertThat(located)
        .isCompletedExceptionally()
        .failsWithin(java.time.Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SNAPSHOT_TOO_OLD));
    assertThatThrownBy(this::whenLocated)
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SNAPSHOT_TOO_OLD));
  }

  /** As where the job restarted between a reader's look and its read. */
  @Test
  void rowsAreNotReadAboveWhatIsApplied() {
    shards.advance(5);
    int rows = Keyspaces.rows(TABLE);
    byte[] key = {1};
    assertThat(shards.reader().get(rows, 1, key, 5)).isNull();
    assertThatThrownBy(() -> shards.reader().get(rows, 1, key, 6))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("up to 5, not up to 6");
    assertThatThrownBy(() -> shards.reader().getPromptly(rows, 1, key, 6, 100))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> shards.reader().newestVersion(rows, 1, key, 6))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> shards.reader().scan(rows, 1, null, null, 6))
        .isInstanceOf(IllegalStateException.class);
    shards.advance(6);
    assertThat(shards.reader().get(rows, 1, key, 6)).isNull();
  }
}
