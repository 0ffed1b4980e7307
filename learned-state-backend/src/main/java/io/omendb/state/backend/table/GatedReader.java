package io.omendb.state.backend.table;

import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import org.jspecify.annotations.Nullable;

/**
 * A reader of table keyspaces for any thread. Each call passes the gate, so that disposing the
 * backend waits for the calls that are under way, and later ones throw {@link
 * IllegalStateException} without touching the closed store.
 */
final class GatedReader implements StoreReader {

  private final StoreReader store;
  private final ReadGate gate;

  GatedReader(StoreReader store, ReadGate gate) {
    this.store = store;
    this.gate = gate;
  }

  @Override
  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
    int ticket = gate.enter();
    try {
      return store.get(StoreTableState.storeKeyspace(keyspace), keyGroup, key, version);
    } finally {
      gate.leave(ticket);
    }
  }

  @Override
  public byte @Nullable [] getPromptly(
      int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
    int ticket = gate.enter();
    try {
      return store.getPromptly(
          StoreTableState.storeKeyspace(keyspace), keyGroup, key, version, valueBytesMax);
    } finally {
      gate.leave(ticket);
    }
  }

  @Override
  public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
    int ticket = gate.enter();
    try {
      return store.newestVersion(StoreTableState.storeKeyspace(keyspace), keyGroup, key, version);
    } finally {
      gate.leave(ticket);
    }
  }

  @Override
  public StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version) {
    int ticket = gate.enter();
    try {
      return new GatedCursor(
          store.scan(
              StoreTableState.storeKeyspace(keyspace),
              keyGroup,
              fromInclusive,
              toExclusive,
              version));
    } finally {
      gate.leave(ticket);
    }
  }

  private final class GatedCursor implements StoreCursor {
    private final StoreCursor cursor;

    GatedCursor(StoreCursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public boolean next() {
      int ticket = gate.enter();
      try {
        return cursor.next();
      } finally {
        gate.leave(ticket);
      }
    }

    @Override
    public byte[] key() {
      int ticket = gate.enter();
      try {
        return cursor.key();
      } finally {
        gate.leave(ticket);
      }
    }

    @Override
    public byte[] value() {
      int ticket = gate.enter();
      try {
        return cursor.value();
      } finally {
        gate.leave(ticket);
      }
    }

    @Override
    public long version() {
      int ticket = gate.enter();
      try {
        return cursor.version();
      } finally {
        gate.leave(ticket);
      }
    }

    @Override
    public boolean isDeleted() {
      int ticket = gate.enter();
      try {
        return cursor.isDeleted();
      } finally {
        gate.leave(ticket);
      }
    }

    /** Also after the gate was closed: a closed store keeps what a cursor pins. */
    @Override
    public void close() {
      cursor.close();
    }
  }
}
