package io.omendb.state.store;

/**
 * A section is one keyspace of one key group, named by a long: key group in the upper, keyspace in
 * the lower 32 bits. Sections order by key group first, so a range of key groups is a range of
 * sections and clipping is cheap.
 */
final class Section {

  private Section() {}

  static long of(int keyspace, int keyGroup) {
    if (keyspace < 0 || keyGroup < 0) {
      throw new IllegalArgumentException(
          "expected a keyspace and a key group of at least 0, got "
              + keyspace
              + " and "
              + keyGroup);
    }
    return ((long) keyGroup << 32) | keyspace;
  }

  static int keyGroup(long section) {
    return (int) (section >>> 32);
  }

  static int keyspace(long section) {
    return (int) section;
  }
}
