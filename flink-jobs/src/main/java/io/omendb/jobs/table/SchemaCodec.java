package io.omendb.jobs.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A {@link TableSchema} as bytes, in log records and in checkpoints. Every count and length is
 * checked before anything is allocated for it.
 *
 * <pre>
 * schema  byte version = 1, int tableId, string namespace, string name, int schemaVersion,
 *         int n, n columns, int k, k × int key column, int o, o × (string key, string value)
 * column  int id, string name, string kind, int length, int precision, int scale,
 *         boolean nullable, boolean hasDefault, [string default]
 * string  int bytes, UTF-8
 * </pre>
 */
public final class SchemaCodec {
  /** PostgreSQL's own limit of columns per table. */
  public static final int COLUMNS_MAX = 1600;

  private static final int VERSION = 1;
  private static final int STRING_BYTES_MAX = 1 << 20;
  private static final int OPTIONS_MAX = 1 << 10;

  private SchemaCodec() {}

  public static void write(DataOutput out, TableSchema schema) throws IOException {
    out.writeByte(VERSION);
    out.writeInt(schema.tableId());
    writeString(out, schema.namespace());
    writeString(out, schema.name());
    out.writeInt(schema.schemaVersion());
    out.writeInt(schema.columns().size());
    for (Column column : schema.columns()) {
      writeColumn(out, column);
    }
    out.writeInt(schema.primaryKey().size());
    for (int column : schema.primaryKey()) {
      out.writeInt(column);
    }
    out.writeInt(schema.options().size());
    for (Map.Entry<String, String> option : new TreeMap<>(schema.options()).entrySet()) {
      writeString(out, option.getKey());
      writeString(out, option.getValue());
    }
  }

  public static TableSchema read(DataInput in) throws IOException {
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException("schema version: expected %d, got %d".formatted(VERSION, version));
    }
    int tableId = in.readInt();
    String namespace = readString(in);
    String name = readString(in);
    int schemaVersion = in.readInt();
    int columnCount = readCount(in, COLUMNS_MAX, "columns");
    List<Column> columns = new ArrayList<>(columnCount);
    for (int i = 0; i < columnCount; i++) {
      columns.add(readColumn(in));
    }
    int keyCount = readCount(in, columnCount, "key columns");
    List<Integer> primaryKey = new ArrayList<>(keyCount);
    for (int i = 0; i < keyCount; i++) {
      int column = in.readInt();
      if (column < 0 || column >= columnCount) {
        throw new IOException("key column %d of %d columns".formatted(column, columnCount));
      }
      primaryKey.add(column);
    }
    int optionCount = readCount(in, OPTIONS_MAX, "options");
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < optionCount; i++) {
      options.put(readString(in), readString(in));
    }
    return new TableSchema(tableId, namespace, name, schemaVersion, columns, primaryKey, options);
  }

  private static void writeColumn(DataOutput out, Column column) throws IOException {
    out.writeInt(column.id());
    writeString(out, column.name());
    writeString(out, column.type().kind().name());
    out.writeInt(column.type().length());
    out.writeInt(column.type().precision());
    out.writeInt(column.type().scale());
    out.writeBoolean(column.nullable());
    String defaultExpression = column.defaultExpression();
    out.writeBoolean(defaultExpression != null);
    if (defaultExpression != null) {
      writeString(out, defaultExpression);
    }
  }

  private static Column readColumn(DataInput in) throws IOException {
    int id = in.readInt();
    String name = readString(in);
    String kind = readString(in);
    int length = in.readInt();
    int precision = in.readInt();
    int scale = in.readInt();
    ColumnType type;
    try {
      type = new ColumnType(ColumnType.Kind.valueOf(kind), length, precision, scale);
    } catch (IllegalArgumentException e) {
      throw new IOException("column \"%s\": bad type %s".formatted(name, kind), e);
    }
    boolean nullable = in.readBoolean();
    return new Column(id, name, type, nullable, in.readBoolean() ? readString(in) : null);
  }

  public static void writeString(DataOutput out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > STRING_BYTES_MAX) {
      throw new IOException(
          "string of %d bytes, at most %d".formatted(utf8.length, STRING_BYTES_MAX));
    }
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  public static String readString(DataInput in) throws IOException {
    byte[] utf8 = new byte[readCount(in, STRING_BYTES_MAX, "string bytes")];
    in.readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** A count from 0 to {@code max}. */
  public static int readCount(DataInput in, int max, String what) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > max) {
      throw new IOException("%s: expected 0 to %d, got %d".formatted(what, max, count));
    }
    return count;
  }
}
