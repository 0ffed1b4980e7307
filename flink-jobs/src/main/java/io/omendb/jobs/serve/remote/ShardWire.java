package io.omendb.jobs.serve.remote;

import java.io.DataInputStream;
import java.io.IOException;

/**
 * Remote reads of shards: request and response, one after the other on a connection. Integers are
 * big-endian.
 *
 * <pre>
 * request    int bytes, byte operation, body
 * 1 applied  int shard
 * 2 get      int tableId, int shard, long csn, int n, key
 * 3 scan     int tableId, int shard, long csn, int n, from (inclusive), int rowsMax
 * response   int bytes, byte status = 0, body; or byte status = 1, message (UTF-8)
 * 1 applied  long csn
 * 2 get      int n or -1: none, row
 * 3 scan     byte more, int rows, rows × (int n, key, int n, row)
 * </pre>
 */
final class ShardWire {
  static final int APPLIED = 1;
  static final int GET = 2;
  static final int SCAN = 3;
  static final int OK = 0;
  static final int ERROR = 1;

  /** A message above it is a broken or hostile stream. */
  static final int MESSAGE_BYTES_MAX = 64 << 20;

  /** A scan's response ends soon after this many bytes. */
  static final int SCAN_BYTES_MAX = 1 << 20;

  private ShardWire() {}

  static byte[] readMessage(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 1 || length > MESSAGE_BYTES_MAX) {
      throw new IOException(
          "message of %d bytes, expected 1 to %d".formatted(length, MESSAGE_BYTES_MAX));
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  static byte[] readArray(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException(
          "array of %d bytes, at most %d are left".formatted(length, in.available()));
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
