package io.omendb.jobs.connector;

import java.util.Arrays;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.SourceProvider;
import org.apache.flink.table.connector.source.abilities.SupportsLimitPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsStatisticReport;
import org.apache.flink.table.plan.stats.TableStats;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;

/** The planner's view of a table: takes projections and limits, reports its size. */
final class OmenTableSource
    implements ScanTableSource,
        SupportsProjectionPushDown,
        SupportsLimitPushDown,
        SupportsStatisticReport {
  static final long NO_LIMIT = Long.MAX_VALUE;

  private final int tableId;
  private final TableStats statistics;

  /** Columns of the table that are read, in output order. */
  private int[] fields;

  private DataType producedType;
  private long limit;

  OmenTableSource(
      int tableId, TableStats statistics, int[] fields, DataType producedType, long limit) {
    this.tableId = tableId;
    this.statistics = statistics;
    this.fields = fields;
    this.producedType = producedType;
    this.limit = limit;
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return ChangelogMode.insertOnly();
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    return SourceProvider.of(
        new UnionScanSource(
            tableId, fields, limit, InternalTypeInfo.of(producedType.getLogicalType())));
  }

  @Override
  public boolean supportsNestedProjection() {
    return false;
  }

  @Override
  public void applyProjection(int[][] projectedFields, DataType producedDataType) {
    int[] all = fields;
    fields = Arrays.stream(projectedFields).mapToInt(path -> all[path[0]]).toArray();
    producedType = producedDataType;
  }

  @Override
  public void applyLimit(long newLimit) {
    limit = newLimit;
  }

  @Override
  public TableStats reportStatistics() {
    return statistics;
  }

  @Override
  public DynamicTableSource copy() {
    return new OmenTableSource(tableId, statistics, fields, producedType, limit);
  }

  @Override
  public String asSummaryString() {
    return "OmenDB table " + tableId;
  }
}
