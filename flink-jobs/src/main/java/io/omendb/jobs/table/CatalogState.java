package io.omendb.jobs.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The catalog as a value: each DDL change gives a new one. Immutable. Whoever reads the log gets
 * the same catalog from it, and it is small enough to travel in a checkpoint.
 *
 * <p>{@link #version()} is the CSN of the newest DDL commit that is in it. Table ids rise and are
 * never given twice: {@link #nextTableId()} is above every id that was ever in it.
 */
public final class CatalogState implements Catalog {
  /** The catalog of a new database. */
  public static final CatalogState EMPTY =
      new CatalogState(0, Keyspaces.FIRST_TABLE_ID, Map.of(), Map.of());

  private static final int FORMAT_VERSION = 1;
  private static final int TABLES_MAX = 1 << 20;

  private record QualifiedName(String namespace, String name) {}

  private final long version;
  private final int nextTableId;
  private final Map<Integer, TableSchema> byId;
  private final Map<QualifiedName, TableSchema> byName;

  private CatalogState(
      long version,
      int nextTableId,
      Map<Integer, TableSchema> byId,
      Map<QualifiedName, TableSchema> byName) {
    this.version = version;
    this.nextTableId = nextTableId;
    this.byId = byId;
    this.byName = byName;
  }

  @Override
  public long version() {
    return version;
  }

  /** The smallest table id that was never given. */
  public int nextTableId() {
    return nextTableId;
  }

  @Override
  public Optional<TableSchema> table(String namespace, String name) {
    return Optional.ofNullable(byName.get(new QualifiedName(namespace, name)));
  }

  @Override
  public Optional<TableSchema> table(int tableId) {
    return Optional.ofNullable(byId.get(tableId));
  }

  @Override
  public Collection<TableSchema> tables() {
    return byId.values();
  }

  /** With a new table; its id and its name must be free. */
  public CatalogState create(long newVersion, TableSchema schema) {
    if (byId.containsKey(schema.tableId()) || byName.containsKey(nameOf(schema))) {
      throw new IllegalArgumentException(
          "table %d \"%s\" exists already".formatted(schema.tableId(), schema.name()));
    }
    return with(newVersion, null, schema);
  }

  /** Without a table. */
  public CatalogState drop(long newVersion, int tableId) {
    return with(newVersion, existing(tableId), null);
  }

  /** With {@code replacement}, of a new id and the same name, instead of a table. */
  public CatalogState truncate(long newVersion, int tableId, TableSchema replacement) {
    return with(newVersion, existing(tableId), replacement);
  }

  private TableSchema existing(int tableId) {
    TableSchema schema = byId.get(tableId);
    if (schema == null) {
      throw new IllegalArgumentException("no table has id " + tableId);
    }
    return schema;
  }

  private CatalogState with(
      long newVersion, @Nullable TableSchema removed, @Nullable TableSchema added) {
    Map<Integer, TableSchema> ids = new HashMap<>(byId);
    Map<QualifiedName, TableSchema> names = new HashMap<>(byName);
    if (removed != null) {
      ids.remove(removed.tableId());
      names.remove(nameOf(removed));
    }
    int next = nextTableId;
    if (added != null) {
      ids.put(added.tableId(), added);
      names.put(nameOf(added), added);
      next = Math.max(next, added.tableId() + 1);
    }
    return new CatalogState(newVersion, next, Map.copyOf(ids), Map.copyOf(names));
  }

  private static QualifiedName nameOf(TableSchema schema) {
    return new QualifiedName(schema.namespace(), schema.name());
  }

  /** Byte version, long catalog version, int next table id, int n, n {@link SchemaCodec} tables. */
  public void writeTo(DataOutput out) throws IOException {
    out.writeByte(FORMAT_VERSION);
    out.writeLong(version);
    out.writeInt(nextTableId);
    out.writeInt(byId.size());
    for (TableSchema schema :
        byId.values().stream().sorted(Comparator.comparingInt(TableSchema::tableId)).toList()) {
      SchemaCodec.write(out, schema);
    }
  }

  public static CatalogState readFrom(DataInput in) throws IOException {
    int formatVersion = in.readUnsignedByte();
    if (formatVersion != FORMAT_VERSION) {
      throw new IOException(
          "catalog format: expected %d, got %d".formatted(FORMAT_VERSION, formatVersion));
    }
    long version = in.readLong();
    int nextTableId = in.readInt();
    int count = SchemaCodec.readCount(in, TABLES_MAX, "tables");
    Map<Integer, TableSchema> ids = new HashMap<>();
    Map<QualifiedName, TableSchema> names = new HashMap<>();
    for (int i = 0; i < count; i++) {
      TableSchema schema = SchemaCodec.read(in);
      ids.put(schema.tableId(), schema);
      names.put(nameOf(schema), schema);
    }
    return new CatalogState(version, nextTableId, Map.copyOf(ids), Map.copyOf(names));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CatalogState that
        && version == that.version
        && nextTableId == that.nextTableId
        && byId.equals(that.byId);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(version) * 31 + byId.hashCode();
  }

  @Override
  public String toString() {
    return "CatalogState[version=%d, tables=%s]".formatted(version, byId.values());
  }
}
