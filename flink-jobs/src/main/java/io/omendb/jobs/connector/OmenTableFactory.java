package io.omendb.jobs.connector;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.plan.stats.TableStats;

/**
 * {@code 'connector' = 'omendb'}: an OmenDB table at the CSN of the lease that is assigned, in this
 * JVM, to the job that reads it. The Flink table's columns are the OmenDB table's, in order, of
 * their storage types.
 */
public final class OmenTableFactory implements DynamicTableSourceFactory {
  public static final String IDENTIFIER = "omendb";

  public static final ConfigOption<Integer> TABLE_ID =
      ConfigOptions.key("table-id")
          .intType()
          .noDefaultValue()
          .withDescription("The table's id in the OmenDB catalog.");

  public static final ConfigOption<Long> ROW_COUNT =
      ConfigOptions.key("row-count")
          .longType()
          .noDefaultValue()
          .withDescription("About how many rows the table has, for the planner.");

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(TABLE_ID);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(ROW_COUNT);
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
    helper.validate();
    int columnCount =
        (int)
            context.getCatalogTable().getResolvedSchema().getColumns().stream()
                .filter(Column::isPhysical)
                .count();
    int[] fields = new int[columnCount];
    for (int i = 0; i < columnCount; i++) {
      fields[i] = i;
    }
    return new OmenTableSource(
        helper.getOptions().get(TABLE_ID),
        helper.getOptions().getOptional(ROW_COUNT).map(TableStats::new).orElse(TableStats.UNKNOWN),
        fields,
        context.getPhysicalRowDataType(),
        OmenTableSource.NO_LIMIT);
  }
}
