package io.omendb.jobs.txn;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tables are cut together, but for those that hold the others up for too long. */
class CutScheduleTest {
  private static final int A = 16_384;
  private static final int B = 16_385;
  private static final long INTERVAL_MS = 100;
  private static final long LATE_AFTER_MS = 1_000;

  private long nowMs = 1;
  private final Set<Integer> troubled = new HashSet<>();
  private final LogState state = new LogState(0);
  private final CutSchedule schedule =
      new CutSchedule(
          INTERVAL_MS,
          0,
          LATE_AFTER_MS,
          troubled::contains,
          () -> TimeUnit.MILLISECONDS.toNanos(nowMs));

  private void create(int tableId) {
    TableSchema schema =
        new TableSchema(
            tableId,
            "public",
            "t" + tableId,
            1,
            List.of(new Column(1, "id", ColumnType.of(ColumnType.Kind.BIGINT), false, null)),
            List.of(0),
            Map.of());
    long csn = state.csn() + 1;
    state.apply(new Commit(csn, 1, 1, 0, List.of(new CreateTable(schema))), csn);
  }

  private void change(int tableId) {
    long csn = state.csn() + 1;
    RowChange row = new RowChange(tableId, 1, 0, new byte[] {1}, new byte[] {2});
    state.apply(new Commit(csn, 1, 1, 0, List.of(row)), csn);
  }

  /** Cuts what is due; its CSN. */
  private long cut(Integer... expected) {
    assertThat(schedule.tablesToCut(state)).containsExactly(expected);
    long csn = state.csn() + 1;
    state.apply(new Cut(csn, 1, List.of(expected)), csn);
    return csn;
  }

  private void publish(int tableId, long cutCsn) {
    long csn = state.csn() + 1;
    state.apply(new LakePublished(csn, 1, tableId, cutCsn, cutCsn, "", 0), csn);
  }

  @Test
  void tablesWaitForEachOtherAndLeaveALateOneBehind() {
    create(A);
    create(B);
    nowMs += INTERVAL_MS;
    long first = cut(A, B);
    publish(A, first);
    change(A);
    nowMs += INTERVAL_MS;
    assertThat(schedule.tablesToCut(state)).as("B is not late yet").isEmpty();
    assertThat(schedule.millisUntilDue(state)).isBetween(1L, LATE_AFTER_MS);
    publish(B, first);
    change(B);
    long second = cut(A, B);

    publish(A, second);
    change(A);
    change(B);
    nowMs += INTERVAL_MS;
    assertThat(schedule.tablesToCut(state)).isEmpty();
    nowMs += LATE_AFTER_MS;
    for (int i = 0; i < 3; i++) {
      long alone = cut(A);
      publish(A, alone);
      change(A);
      nowMs += INTERVAL_MS;
    }
    publish(B, second);
    cut(A, B);
  }

  @Test
  void nothingIsCutWhereNothingChangedThatCanBe() {
    create(A);
    nowMs += INTERVAL_MS;
    publish(A, cut(A));
    nowMs += INTERVAL_MS;
    assertThat(schedule.tablesToCut(state)).isEmpty();
    assertThat(schedule.millisUntilDue(state)).isEqualTo(Long.MAX_VALUE);
    change(A);
    assertThat(schedule.millisUntilDue(state)).isEqualTo(1);
    cut(A);
    assertThat(schedule.millisUntilDue(state)).isEqualTo(LATE_AFTER_MS);
    change(A);
    nowMs += 10 * LATE_AFTER_MS;
    assertThat(schedule.tablesToCut(state)).as("its cut is under way").isEmpty();
    assertThat(schedule.millisUntilDue(state)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void nobodyWaitsForATableInTrouble() {
    create(A);
    create(B);
    nowMs += INTERVAL_MS;
    long first = cut(A, B);
    publish(A, first);
    change(A);
    nowMs += INTERVAL_MS;
    assertThat(schedule.tablesToCut(state)).isEmpty();
    troubled.add(B);
    cut(A);
  }
}
