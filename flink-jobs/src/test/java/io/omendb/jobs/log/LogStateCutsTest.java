package io.omendb.jobs.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the log says of cuts, table by table. Records are 100 bytes long here. */
class LogStateCutsTest {
  private static final int STUCK = 16_384;
  private static final int FREE = 16_385;
  private static final int IDLE = 16_386;

  private final LogState state = new LogState(0);

  private void apply(LogRecord record) {
    state.apply(record, state.position() + 100);
  }

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
    apply(new Commit(state.csn() + 1, 1, 1, 0, List.of(new CreateTable(schema))));
  }

  private void change(int tableId) {
    RowChange row = new RowChange(tableId, 1, 0, new byte[] {1}, new byte[] {2});
    apply(new Commit(state.csn() + 1, 1, 1, 0, List.of(row)));
  }

  private long cut() {
    long csn = state.csn() + 1;
    apply(new Cut(csn, 1, state.tablesToCut()));
    return csn;
  }

  private void publish(int tableId, long cutCsn) {
    apply(new LakePublished(state.csn() + 1, 1, tableId, cutCsn, cutCsn, "file", 0));
  }

  private long covered(int tableId) {
    return Objects.requireNonNull(state.lakeOf(tableId)).coveredCsn();
  }

  /** Three tables that are published, and one of them is cut again and never published. */
  private long stuckCut() {
    create(STUCK);
    create(FREE);
    create(IDLE);
    long first = cut();
    publish(STUCK, first);
    publish(FREE, first);
    publish(IDLE, first);
    change(STUCK);
    change(FREE);
    return cut();
  }

  @Test
  void aTableThatIsNotPublishedHoldsUpNoOther() {
    long stuck = stuckCut();
    publish(FREE, stuck);
    change(STUCK);
    change(FREE);
    assertThat(state.changedTables()).containsExactly(STUCK, FREE);
    assertThat(state.tablesToCut()).containsExactly(FREE);
    long next = cut();
    assertThat(state.outstandingCuts()).isEqualTo(Map.of(STUCK, stuck, FREE, next));
    publish(FREE, next);
    assertThat(state.outstandingCuts()).isEqualTo(Map.of(STUCK, stuck));
    assertThat(covered(FREE)).isEqualTo(next);
    assertThat(covered(IDLE)).as("it did not change").isEqualTo(next);
    assertThat(covered(STUCK)).isLessThan(stuck);
    assertThat(state.copy()).isEqualTo(state);

    publish(STUCK, stuck);
    assertThat(state.outstandingCuts()).isEmpty();
    assertThat(covered(STUCK)).isEqualTo(stuck);
    assertThat(state.tablesToCut()).as("what came after its cut").containsExactly(STUCK);
  }

  @Test
  void theLogIsKeptForItWithinABound() {
    stuckCut();
    long needed = state.neededFrom();
    for (int i = 0; i < 100; i++) {
      change(STUCK);
      change(FREE);
      publish(FREE, cut());
    }
    assertThat(state.neededFrom()).isEqualTo(needed);
    assertThat(state.neededFrom(1_000_000)).isEqualTo(needed);
    assertThat(state.neededFrom(5_000)).isEqualTo(state.position() - 5_000);
    assertThat(state.lakeLags())
        .filteredOn(lag -> lag.tableId() == STUCK)
        .allSatisfy(lag -> assertThat(lag.logBytes()).isEqualTo(state.position() - needed));
  }
}
