package io.omendb.jobs.serve.shard;

import io.omendb.lake.RowLocation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A {@link RowLocation} in table state: long position (big-endian), then the file's path, UTF-8.
 */
public final class LocationCodec {
  private LocationCodec() {}

  public static byte[] encode(RowLocation location) {
    byte[] path = location.dataFile().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + path.length)
        .putLong(location.position())
        .put(path)
        .array();
  }

  public static RowLocation decode(byte[] bytes) {
    return new RowLocation(dataFile(bytes), position(bytes));
  }

  public static String dataFile(byte[] bytes) {
    return new String(bytes, Long.BYTES, bytes.length - Long.BYTES, StandardCharsets.UTF_8);
  }

  public static long position(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }
}
