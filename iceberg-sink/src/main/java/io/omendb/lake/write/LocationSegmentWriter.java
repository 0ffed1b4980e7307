package io.omendb.lake.write;

import io.omendb.lake.RowLocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Collects a segment's entries. A small segment stays in memory and ends up inside the location
 * file, so that a small cut writes one such file; a large one goes to a file of its own as it
 * grows. The format is {@link LocationFile}'s. Not thread-safe.
 */
final class LocationSegmentWriter implements AutoCloseable {

  static final int BLOCK_BYTES = 64 * 1024;
  static final int INLINE_BYTES_MAX = 256 * 1024;

  private final FileIO io;
  private final String spillPath;
  private final Map<String, Integer> ordinals = new HashMap<>();
  private final List<String> files = new ArrayList<>();
  private final ByteWriter block = new ByteWriter();
  private final ByteWriter closedBlocks = new ByteWriter();
  private @Nullable PositionOutputStream spill;
  private boolean spilled;
  private long length;
  private long entryCount;
  private int firstShard = Integer.MAX_VALUE;
  private int lastShard = -1;
  private int shard = -1;
  private byte @Nullable [] lastKey;

  LocationSegmentWriter(FileIO io, String spillPath) {
    this.io = io;
    this.spillPath = spillPath;
  }

  void add(int entryShard, byte[] key, @Nullable RowLocation location) {
    checkOrder(entryShard, key);
    block.writeVarint(entryShard).writeBytes(key);
    if (location == null) {
      block.writeVarint(0);
    } else {
      block.writeVarint(ordinal(location.dataFile()) + 1L).writeVarint(location.position());
    }
    entryCount++;
    if (block.size() >= BLOCK_BYTES) {
      closeBlock();
    }
  }

  private void checkOrder(int entryShard, byte[] key) {
    if (entryShard != shard) {
      shard = entryShard;
      firstShard = Math.min(firstShard, entryShard);
      lastShard = Math.max(lastShard, entryShard);
    } else if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
      throw new IllegalArgumentException(
          "keys of shard %d must ascend, got %s after %s"
              .formatted(entryShard, Arrays.toString(key), Arrays.toString(lastKey)));
    }
    lastKey = key.clone();
  }

  private int ordinal(String file) {
    return ordinals.computeIfAbsent(
        file,
        path -> {
          files.add(path);
          return files.size() - 1;
        });
  }

  private void closeBlock() {
    if (block.size() == 0) {
      return;
    }
    CRC32C checksum = new CRC32C();
    checksum.update(block.buffer(), 0, block.size());
    closedBlocks
        .writeInt(block.size())
        .writeInt((int) checksum.getValue())
        .writeRaw(block.buffer(), block.size());
    length += 8L + block.size();
    block.clear();
    if (spilled || closedBlocks.size() > INLINE_BYTES_MAX) {
      spillClosedBlocks();
    }
  }

  private void spillClosedBlocks() {
    try {
      PositionOutputStream out = spill;
      if (out == null) {
        out = io.newOutputFile(spillPath).create();
        spill = out;
        spilled = true;
      }
      out.write(closedBlocks.buffer(), 0, closedBlocks.size());
      closedBlocks.clear();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + spillPath, e);
    }
  }

  LocationSegment finish() {
    closeBlock();
    closeSpill();
    byte[] inline = spilled ? new byte[0] : closedBlocks.toByteArray();
    return new LocationSegment(
        files, entryCount, firstShard, lastShard, length, spilled ? spillPath : "", inline);
  }

  private void closeSpill() {
    PositionOutputStream out = spill;
    spill = null;
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot finish " + spillPath, e);
      }
    }
  }

  /** Deletes what was written. */
  @Override
  public void close() {
    try {
      closeSpill();
    } finally {
      if (spilled) {
        io.deleteFile(spillPath);
        spilled = false;
      }
    }
  }
}
