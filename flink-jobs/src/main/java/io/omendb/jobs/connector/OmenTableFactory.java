package io.omendb.jobs.connector;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * {@code 'connector' = 'omendb'}: an OmenDB table at the CSN of a lease that is open in this JVM.
 * The Flink table's columns are the OmenDB table's, in order, of their storage types.
 */
public final class OmenTableFactory implements DynamicTableSourceFactory {
  public static final String IDENTIFIER = "omendb";

  public static final ConfigOption<String> LEASE_ID =
      ConfigOptions.key("lease-id")
          .stringType()
          .noDefaultValue()
          .withDescription("The open lease under which the table is read.");

  public static final ConfigOption<Integer> TABLE_ID =
      ConfigOptions.key("table-id")
          .intType()
          .noDefaultValue()
          .withDescription("The table's id in the OmenDB catalog.");

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(LEASE_ID, TABLE_ID);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
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
        helper.getOptions().get(LEASE_ID),
        helper.getOptions().get(TABLE_ID),
        fields,
        context.getPhysicalRowDataType(),
        OmenTableSource.NO_LIMIT);
  }
}
