package io.omendb.jobs.table;

import java.util.Arrays;

/**
 * A table's keyspaces in table state, and their keys.
 *
 * <pre>
 * keyspace         key                   value      version
 * tableId * 4 + 0  row key               row        CSN of the commit
 * tableId * 4 + 1  CSN (8) ‖ row key     empty      CSN of the commit
 * tableId * 4 + 2  row key               location   CSN of the lake cut
 * </pre>
 *
 * <p>The second, the delta, lists what changed in a CSN range by one scan.
 */
public final class Keyspaces {
  /** PostgreSQL's first OID for users' objects. */
  public static final int FIRST_TABLE_ID = 16384;

  /** Above it a keyspace would exceed the 2^30 that table state takes. */
  public static final int TABLE_ID_MAX = (1 << 28) - 1;

  private static final int KEYSPACES_PER_TABLE = 4;
  private static final int CSN_BYTES = 8;

  private Keyspaces() {}

  public static int rows(int tableId) {
    return tableId * KEYSPACES_PER_TABLE;
  }

  public static int delta(int tableId) {
    return tableId * KEYSPACES_PER_TABLE + 1;
  }

  public static int locations(int tableId) {
    return tableId * KEYSPACES_PER_TABLE + 2;
  }

  public static int tableId(int keyspace) {
    return keyspace / KEYSPACES_PER_TABLE;
  }

  /** The delta key of a row key changed at {@code csn}; with an empty row key the range's start. */
  public static byte[] deltaKey(long csn, byte[] rowKey) {
    KeyWriter out = new KeyWriter(CSN_BYTES + rowKey.length);
    out.putLong(csn);
    out.putRaw(rowKey);
    return out.toBytes();
  }

  /** Where a scan of changes with CSN at least {@code csn} starts. */
  public static byte[] deltaFrom(long csn) {
    return deltaKey(csn, new byte[0]);
  }

  public static long deltaCsn(byte[] deltaKey) {
    long csn = 0;
    for (int i = 0; i < CSN_BYTES; i++) {
      csn = csn << 8 | (deltaKey[i] & 0xFF);
    }
    return csn;
  }

  public static byte[] deltaRowKey(byte[] deltaKey) {
    return Arrays.copyOfRange(deltaKey, CSN_BYTES, deltaKey.length);
  }
}
