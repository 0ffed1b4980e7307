package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import org.apache.calcite.plan.RelOptAbstractTable;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.logical.LogicalTableScan;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.util.ImmutableBitSet;
import org.jspecify.annotations.Nullable;

/**
 * A table as the leaf of a plan: its columns, then for a stored table the hidden {@code $row}.
 * Unwraps to {@link TableSchema} or {@link SystemTable}.
 */
final class PgTable extends RelOptAbstractTable {

  /** The hidden last column of a stored table: the row as it was read, whatever its type says. */
  static final String ROW_COLUMN = "$row";

  private static final double ROWS_GUESSED = 100_000;
  private static final double SYSTEM_ROWS_GUESSED = 100;

  private final @Nullable TableSchema stored;
  private final @Nullable SystemTable system;

  private PgTable(
      List<String> names,
      RelDataType rowType,
      @Nullable TableSchema schema,
      @Nullable SystemTable system) {
    super(null, names.get(1), rowType);
    this.stored = schema;
    this.system = system;
  }

  static PgTable of(TableSchema schema) {
    RelDataTypeFactory.Builder row = RelTypes.FACTORY.builder();
    for (Column column : schema.columns()) {
      row.add(column.name(), columnType(column));
    }
    row.add(ROW_COLUMN, RelTypes.rel(PgTypes.BYTEA, false));
    return new PgTable(List.of(schema.namespace(), schema.name()), row.build(), schema, null);
  }

  static PgTable of(SystemTable system) {
    RelDataTypeFactory.Builder row = RelTypes.FACTORY.builder();
    for (SystemTable.SystemColumn column : system.columns()) {
      row.add(column.name(), RelTypes.rel(column.type(), true));
    }
    return new PgTable(List.of(system.namespace(), system.name()), row.build(), null, system);
  }

  private static RelDataType columnType(Column column) {
    ColumnType type = column.type();
    PgType pgType = PgTypes.forColumn(type);
    return type.kind() == ColumnType.Kind.NUMERIC
        ? RelTypes.decimal(type.precision(), type.scale(), column.nullable())
        : RelTypes.rel(pgType, column.nullable());
  }

  RelNode scan(RelOptCluster cluster) {
    return LogicalTableScan.create(cluster, this, ImmutableList.of());
  }

  @Override
  public List<String> getQualifiedName() {
    if (stored != null) {
      return List.of(stored.namespace(), stored.name());
    }
    return system == null ? List.of() : List.of(system.namespace(), system.name());
  }

  @Override
  public <T> @Nullable T unwrap(Class<T> type) {
    if (type.isInstance(stored)) {
      return type.cast(stored);
    } else if (type.isInstance(system)) {
      return type.cast(system);
    }
    return super.unwrap(type);
  }

  @Override
  public double getRowCount() {
    return system != null ? SYSTEM_ROWS_GUESSED : ROWS_GUESSED;
  }

  @Override
  public boolean isKey(ImmutableBitSet columns) {
    return stored != null
        && stored.hasPrimaryKey()
        && columns.contains(ImmutableBitSet.of(stored.primaryKey()));
  }

  @Override
  public List<ImmutableBitSet> getKeys() {
    return stored != null && stored.hasPrimaryKey()
        ? List.of(ImmutableBitSet.of(stored.primaryKey()))
        : List.of();
  }
}
