package io.omendb.bench.state;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.DataBlockIndexType;

/**
 * What RocksDB offers for point reads beyond Flink's own options: a hash index in each data block,
 * and a filter over the memtable that spares a walk of its skip list.
 */
public final class TunedRocksDb implements RocksDBOptionsFactory {

  private static final long serialVersionUID = 1;

  @Override
  public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
    return current;
  }

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
    if (current.tableFormatConfig() instanceof BlockBasedTableConfig table) {
      table.setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash);
      table.setDataBlockHashTableUtilRatio(0.75);
      table.setFormatVersion(5);
    }
    return current.setMemtablePrefixBloomSizeRatio(0.1).setMemtableWholeKeyFiltering(true);
  }
}
