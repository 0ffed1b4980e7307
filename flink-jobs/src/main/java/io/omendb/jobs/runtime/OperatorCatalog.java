package io.omendb.jobs.runtime;

import io.omendb.jobs.serve.shard.PublishedCut;
import io.omendb.jobs.table.SchemaCodec;
import io.omendb.jobs.table.TableSchema;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a table operator's subtask knows of the tables besides their rows: schemas, dropped tables
 * that snapshots may still read, the lake's cuts, and which cuts' locations are in table state. A
 * fold over the control records of the log ({@link io.omendb.jobs.log.TableFold}), so all subtasks
 * have the same at the same CSN, except for {@link Table#locatedCsn}. Confined to the task thread.
 */
final class OperatorCatalog {
  /** The horizon of a table none of whose versions was let go of yet. */
  static final long NO_HORIZON = 0;

  private static final int FORMAT_VERSION = 2;
  private static final int COUNT_MAX = 1 << 24;
  private static final long NONE = -1;

  /** One table, live or dropped. */
  static final class Table {
    final TableSchema schema;

    /** CSN of the commit that dropped it, -1 while it lives. */
    long droppedCsn = NONE;

    /** Cuts that some reader may need, oldest first. */
    final List<PublishedCut> cuts = new ArrayList<>();

    /** Locations of this and all older cuts are in table state. */
    long locatedCsn = NONE;

    /** No reader is answered below it. */
    long horizon = NO_HORIZON;

    Table(TableSchema schema) {
      this.schema = schema;
    }

    boolean isDropped() {
      return droppedCsn != NONE;
    }

    /** The newest cut's CSN, -1 before the first. */
    long cutCsn() {
      return cuts.isEmpty() ? NONE : cuts.get(cuts.size() - 1).cutCsn();
    }

    /** Forgets cuts that no reader at or above {@code horizon} uses; returns the oldest it may. */
    long trimCuts(long horizon) {
      while (cuts.size() > 1 && cuts.get(1).publishedCsn() <= horizon) {
        cuts.remove(0);
      }
      return !cuts.isEmpty() && cuts.get(0).publishedCsn() <= horizon ? cuts.get(0).cutCsn() : NONE;
    }
  }

  private final Map<Integer, Table> tables = new TreeMap<>();

  @Nullable Table table(int tableId) {
    return tables.get(tableId);
  }

  Collection<Table> tables() {
    return tables.values();
  }

  /** Adds a table; nothing where it is known. */
  boolean create(TableSchema schema) {
    return tables.putIfAbsent(schema.tableId(), new Table(schema)) == null;
  }

  /** Marks a table dropped and returns it; null where it was not there. */
  @Nullable Table drop(int tableId, long csn) {
    Table table = tables.get(tableId);
    if (table == null || table.isDropped()) {
      return null;
    }
    table.droppedCsn = csn;
    return table;
  }

  void forget(int tableId) {
    tables.remove(tableId);
  }

  /**
   * Byte version, int n, n × (schema, long droppedCsn, long locatedCsn, long horizon, int c, c ×
   * (long publishedCsn, long cutCsn, long snapshotId, string locationFile)).
   */
  void writeTo(DataOutput out) throws IOException {
    out.writeByte(FORMAT_VERSION);
    out.writeInt(tables.size());
    for (Table table : tables.values()) {
      SchemaCodec.write(out, table.schema);
      out.writeLong(table.droppedCsn);
      out.writeLong(table.locatedCsn);
      out.writeLong(table.horizon);
      out.writeInt(table.cuts.size());
      for (PublishedCut cut : table.cuts) {
        out.writeLong(cut.publishedCsn());
        out.writeLong(cut.cutCsn());
        out.writeLong(cut.snapshotId());
        SchemaCodec.writeString(out, cut.locationFile());
      }
    }
  }

  /**
   * Takes in what one subtask of the former run wrote. Of several the smallest {@link
   * Table#locatedCsn} counts: loading locations again changes nothing.
   */
  void merge(DataInput in) throws IOException {
    int version = in.readUnsignedByte();
    if (version != FORMAT_VERSION) {
      throw new IOException(
          "operator catalog format: expected %d, got %d".formatted(FORMAT_VERSION, version));
    }
    int tableCount = SchemaCodec.readCount(in, COUNT_MAX, "tables");
    for (int i = 0; i < tableCount; i++) {
      Table table = new Table(SchemaCodec.read(in));
      table.droppedCsn = in.readLong();
      table.locatedCsn = in.readLong();
      table.horizon = in.readLong();
      int cutCount = SchemaCodec.readCount(in, COUNT_MAX, "cuts");
      for (int j = 0; j < cutCount; j++) {
        table.cuts.add(
            new PublishedCut(
                table.schema.tableId(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                SchemaCodec.readString(in)));
      }
      Table known = tables.putIfAbsent(table.schema.tableId(), table);
      if (known != null) {
        known.locatedCsn = Math.min(known.locatedCsn, table.locatedCsn);
      }
    }
  }
}
