package io.omendb.state.store;

import java.util.Arrays;

/** An immutable, mostly empty, set of keyspaces, sorted. */
record KeyspaceSet(int[] keyspaces) {

  static final KeyspaceSet EMPTY = new KeyspaceSet(new int[0]);

  boolean contains(int keyspace) {
    return keyspaces.length != 0 && Arrays.binarySearch(keyspaces, keyspace) >= 0;
  }

  KeyspaceSet with(int keyspace) {
    if (contains(keyspace)) {
      return this;
    }
    int[] more = Arrays.copyOf(keyspaces, keyspaces.length + 1);
    more[keyspaces.length] = keyspace;
    Arrays.sort(more);
    return new KeyspaceSet(more);
  }

  /** This set and those members of {@code other} that are not in {@code excluded}. */
  KeyspaceSet withNew(KeyspaceSet other, KeyspaceSet excluded) {
    KeyspaceSet result = this;
    for (int keyspace : other.keyspaces) {
      if (!excluded.contains(keyspace)) {
        result = result.with(keyspace);
      }
    }
    return result;
  }
}
