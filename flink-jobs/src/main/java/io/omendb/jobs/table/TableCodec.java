package io.omendb.jobs.table;

import java.util.List;
import org.apache.flink.table.data.RowData;

/** All encodings of one table; immutable and thread-safe, so made once per schema and kept. */
public final class TableCodec {
  private final TableSchema schema;
  private final KeyCodec keys;
  private final RowCodec rows;

  public TableCodec(TableSchema schema) {
    this.schema = schema;
    keys = new KeyCodec(schema);
    rows = new RowCodec(schema);
  }

  public TableSchema schema() {
    return schema;
  }

  public KeyCodec keys() {
    return keys;
  }

  public RowCodec rows() {
    return rows;
  }

  /** The primary key of a row. */
  public byte[] key(RowData row) {
    return keys.encode(row);
  }

  /** The primary key of these storage values. */
  public byte[] key(List<Object> keyValues) {
    return keys.encode(keyValues);
  }
}
