package io.omendb.state.store;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The data blocks of a run, mapped into memory, so the operating system's page cache is the only
 * cache: a block that is in memory is read where it lies, and none is held twice. Thread-safe.
 *
 * <p>A block's checksum is verified when it is first read, before anything in it is decoded.
 *
 * <p>A mapping is addressed by ints, so there is one window per 512 MiB, each of up to 2 GiB: a
 * block lies whole in the window in whose first 512 MiB it starts.
 *
 * <p>Rejected: a cache of copied blocks inside the process. It held what the page cache holds too,
 * each miss copied a block for the sake of one entry, and on the Java heap it made the collector
 * work.
 */
final class RunBlocks {

  private static final int WINDOW_SHIFT = 29;
  private static final int WINDOW_MASK = (1 << WINDOW_SHIFT) - 1;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  private final Path path;
  private final long[] offsets;
  private final ByteBuffer[] windows;
  private final long[] verified;
  private final StoreMetrics metrics;

  /**
   * @param input owner of the mappings
   * @param offsets file offset of each block, and as last element where the last one ends
   */
  RunBlocks(StoreFiles.Input input, Path path, long[] offsets, StoreMetrics metrics)
      throws IOException {
    this.path = path;
    this.offsets = offsets;
    this.metrics = metrics;
    this.verified = new long[(offsets.length + 62) / 64];
    long end = offsets[offsets.length - 1];
    this.windows = new ByteBuffer[(int) ((end - 1) >>> WINDOW_SHIFT) + 1];
    for (int i = 0; i < windows.length; i++) {
      long start = (long) i << WINDOW_SHIFT;
      windows[i] = input.map(start, (int) Math.min(Integer.MAX_VALUE, end - start));
    }
  }

  int count() {
    return offsets.length - 1;
  }

  /** Where in the file a block begins, or, for the block count, the last one ends. */
  long offset(int block) {
    return offsets[block];
  }

  int length(int block) {
    return (int) (offsets[block + 1] - offsets[block]);
  }

  /** The window in which a block lies, at {@link #start}; verifies its checksum the first time. */
  ByteBuffer window(int block) throws CorruptStoreException {
    ByteBuffer window = windows[(int) (offsets[block] >>> WINDOW_SHIFT)];
    if (((long) WORD.getAcquire(verified, block >>> 6) & 1L << block) == 0) {
      verify(block, window);
    }
    return window;
  }

  int start(int block) {
    return (int) offsets[block] & WINDOW_MASK;
  }

  private void verify(int block, ByteBuffer window) throws CorruptStoreException {
    int start = start(block);
    int length = length(block);
    int checksumOffset = start + length - Integer.BYTES;
    CRC32C crc = new CRC32C();
    crc.update(window.slice(start, length - Integer.BYTES));
    int expected = window.getInt(checksumOffset);
    if ((int) crc.getValue() != expected) {
      throw new CorruptStoreException(
          path.toString(),
          offsets[block],
          String.format(
              "data block checksum: expected %08x, got %08x", expected, (int) crc.getValue()));
    }
    int entryCount = window.getInt(checksumOffset - Integer.BYTES);
    if (entryCount < 1
        || (long) entryCount * (RunFormat.ENTRY_HEADER_BYTES + RunFormat.BLOCK_BYTES_PER_ENTRY)
            > length - RunFormat.BLOCK_TRAILER_BYTES) {
      throw new CorruptStoreException(
          path.toString(),
          offsets[block],
          "data block of " + length + " bytes with " + entryCount + " entries");
    }
    metrics.blockLoads.increment();
    // A bit that is lost to a race is set again when the block is next verified.
    long word = (long) WORD.getAcquire(verified, block >>> 6);
    WORD.setRelease(verified, block >>> 6, word | 1L << block);
  }
}
