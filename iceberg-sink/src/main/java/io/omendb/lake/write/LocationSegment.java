package io.omendb.lake.write;

import java.util.List;
import java.util.Objects;

/**
 * One writer's part of a location file: blocks of entries, either held here ({@code path} empty) or
 * in a file of their own.
 *
 * @param files the data files that the entries point into, by ordinal
 * @param firstShard lowest shard with an entry; above {@code lastShard} where there is none
 * @param length bytes of all blocks
 */
public record LocationSegment(
    List<String> files,
    long entryCount,
    int firstShard,
    int lastShard,
    long length,
    String path,
    byte[] inline) {

  public LocationSegment {
    files = List.copyOf(files);
    Objects.requireNonNull(path, "path");
    if (path.isEmpty() && inline.length != length) {
      throw new IllegalArgumentException(
          "inline segment of %d bytes says length %d".formatted(inline.length, length));
    }
  }

  public boolean isInline() {
    return path.isEmpty();
  }
}
