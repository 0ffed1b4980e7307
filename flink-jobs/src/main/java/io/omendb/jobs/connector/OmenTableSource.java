package io.omendb.jobs.connector;

import io.omendb.jobs.serve.LeaseRegistry;
import io.omendb.jobs.serve.LeasedTable;
import io.omendb.lake.LakeScan.FileSplit;
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

/** The planner's view of a leased table: takes projections and limits, reports its size. */
final class OmenTableSource
    implements ScanTableSource,
        SupportsProjectionPushDown,
        SupportsLimitPushDown,
        SupportsStatisticReport {
  static final long NO_LIMIT = Long.MAX_VALUE;

  private final String leaseId;
  private final int tableId;

  /** Columns of the table that are read, in output order. */
  private int[] fields;

  private DataType producedType;
  private long limit;

  OmenTableSource(String leaseId, int tableId, int[] fields, DataType producedType, long limit) {
    this.leaseId = leaseId;
    this.tableId = tableId;
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
            leaseId, tableId, fields, limit, InternalTypeInfo.of(producedType.getLogicalType())));
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

  /** The lake's row count: exact but for its deletes and what changed since the snapshot. */
  @Override
  public TableStats reportStatistics() {
    LeasedTable table = LeaseRegistry.get(leaseId).table(tableId);
    if (!table.hasLake()) {
      return TableStats.UNKNOWN;
    }
    return new TableStats(table.files().stream().mapToLong(FileSplit::rowCount).sum());
  }

  @Override
  public DynamicTableSource copy() {
    return new OmenTableSource(leaseId, tableId, fields, producedType, limit);
  }

  @Override
  public String asSummaryString() {
    return "OmenDB table %d under lease %s".formatted(tableId, leaseId);
  }
}
