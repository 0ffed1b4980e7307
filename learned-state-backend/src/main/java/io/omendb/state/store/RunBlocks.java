package io.omendb.state.store;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * The data blocks of a run, mapped into memory, so the operating system's page cache is the only
 * cache: a block that is in memory is read where it lies, and none is held twice. While blocks are
 * found not to be in memory ({@link Residency}), each is read with one positioned read instead,
 * past the page cache if the store is larger than that ({@link BlockMemory}). Thread-safe.
 *
 * <p>A block's checksum is verified when it is first read through the mapping, and whenever it is
 * read by position, before anything in it is decoded.
 *
 * <p>A mapping is addressed by ints, so there is one window per 512 MiB, each of up to 2 GiB: a
 * block lies whole in the window in whose first 512 MiB it starts.
 *
 * <p>Rejected: a cache of copied blocks for all stores. It held what the page cache holds too, each
 * miss copied a block for the sake of one entry, and on the Java heap it made the collector work.
 * Rejected too: mappings alone. A fault reads as much as the device's read-ahead, megabytes on some
 * systems, for one block.
 */
final class RunBlocks {

  private static final int WINDOW_SHIFT = 29;
  private static final int WINDOW_MASK = (1 << WINDOW_SHIFT) - 1;

  /** 2^32 ns, some four seconds. */
  private static final int LATELY_SHIFT = 32;

  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  /** Numbers for all blocks of all runs that this JVM opens, for {@link BlockCache}. */
  private static final AtomicLong NEXT_ID = new AtomicLong();

  private final StoreFiles.Input input;
  private final Path path;
  private final int count;
  private final LongBuffer offsets;
  private final ByteBuffer[] windows;
  private final long[] verified;

  /** Blocks that were found in memory since {@link #latelyBegan}; races lose or keep some. */
  private final long[] lately;

  private volatile long latelyBegan;
  private final Residency residency;
  private final BlockMemory memory;
  private final long firstId;
  private final StoreMetrics metrics;

  /**
   * @param input owner of the mappings
   * @param offsets file offset of each block, and as last element where the last one ends
   */
  RunBlocks(
      StoreFiles.Input input,
      Path path,
      int count,
      LongBuffer offsets,
      Residency residency,
      BlockMemory memory,
      StoreMetrics metrics)
      throws IOException {
    this.input = input;
    this.path = path;
    this.count = count;
    this.offsets = offsets;
    this.residency = residency;
    this.memory = memory;
    this.firstId = NEXT_ID.getAndAdd(count);
    this.metrics = metrics;
    this.verified = new long[(count + 63) / 64];
    this.lately = new long[verified.length];
    long end = offset(count);
    this.windows = new ByteBuffer[(int) ((end - 1) >>> WINDOW_SHIFT) + 1];
    for (int i = 0; i < windows.length; i++) {
      long start = (long) i << WINDOW_SHIFT;
      windows[i] = input.map(start, (int) Math.min(Integer.MAX_VALUE, end - start));
    }
  }

  int count() {
    return count;
  }

  /** Where in the file a block begins, or, for the block count, the last one ends. */
  long offset(int block) {
    return offsets.get(block);
  }

  private int length(int block) {
    return (int) (offset(block + 1) - offset(block));
  }

  /** Shows a block to one of many point reads or short scans. */
  void read(int block, BlockView view, boolean ask) throws IOException {
    if (ask) {
      residency.answer(isResident(block));
    }
    if (residency.isMapped()) {
      readMapped(block, view);
    } else {
      readPositioned(block, view);
    }
  }

  /** Shows a block, or returns false where that takes a read of the device. */
  boolean readInMemory(int block, BlockView view, boolean ask) throws IOException {
    int length = length(block);
    if (!residency.isMapped()) {
      if (view.holds(this, block)) {
        view.showOwn(length);
        return true;
      }
      BlockCache cache = memory.cache();
      if (cache != null
          && length <= cache.frameBytes()
          && cache.copyTo(firstId + block, length, view.prepare(length))) {
        view.filled(this, block, 0, length);
        return true;
      }
    }
    boolean known = !ask && wasResidentLately(block);
    boolean resident = known || isResident(block);
    if (ask || !resident) {
      residency.answer(resident);
    }
    if (!resident) {
      return false;
    }
    if (!known) {
      setBit(lately, block);
    }
    readMapped(block, view);
    return true;
  }

  /** Asking the system takes longer than the read: what was in memory a moment ago still is. */
  private boolean wasResidentLately(int block) {
    long now = System.nanoTime() >>> LATELY_SHIFT;
    if (now != latelyBegan) {
      Arrays.fill(lately, 0);
      latelyBegan = now;
    }
    return isSet(lately, block);
  }

  private static boolean isSet(long[] bits, int block) {
    return ((long) WORD.getAcquire(bits, block >>> 6) & 1L << block) != 0;
  }

  /** A bit that is lost to a race is set again when the block is next looked at. */
  private static void setBit(long[] bits, int block) {
    long word = (long) WORD.getAcquire(bits, block >>> 6);
    WORD.setRelease(bits, block >>> 6, word | 1L << block);
  }

  /** Shows a block to a reader of all blocks in turn, for whom the system reads ahead. */
  void readMapped(int block, BlockView view) throws CorruptStoreException {
    long offset = offset(block);
    ByteBuffer window = windows[(int) (offset >>> WINDOW_SHIFT)];
    view.set(window, (int) offset & WINDOW_MASK, length(block));
    if (!isSet(verified, block)) {
      verify(block, view.bytes(), view.start(), view.length());
      metrics.blockLoads.increment();
      setBit(verified, block);
    }
  }

  private void readPositioned(int block, BlockView view) throws IOException {
    int length = length(block);
    if (view.holds(this, block)) {
      view.showOwn(length);
      return;
    }
    ByteBuffer target = view.prepare(length);
    BlockCache cache = memory.cache();
    if (cache == null || length > cache.frameBytes()) {
      readThroughSystemCache(block, length, target, view);
      return;
    }
    long id = firstId + block;
    if (cache.copyTo(id, length, target)) {
      view.filled(this, block, 0, length);
      return;
    }
    if (isResident(block)) {
      // Written or read not long ago; what is dirty would have to be written before it is read.
      readMapped(block, view);
      return;
    }
    int start = input.readUncached(offset(block), length, target);
    if (start < 0) {
      readThroughSystemCache(block, length, target, view);
      return;
    }
    metrics.positionedReads.increment();
    verify(block, target, start, length);
    view.filled(this, block, start, length);
    cache.add(id, target, start, length);
  }

  private void readThroughSystemCache(int block, int length, ByteBuffer target, BlockView view)
      throws IOException {
    input.readFully(offset(block), target.clear().limit(length));
    metrics.positionedReads.increment();
    verify(block, target, 0, length);
    view.filled(this, block, 0, length);
  }

  private boolean isResident(int block) {
    long offset = offset(block);
    ByteBuffer window = windows[(int) (offset >>> WINDOW_SHIFT)];
    return input.isResident(window, (int) offset & WINDOW_MASK, length(block));
  }

  /** Whether {@code bytes[start, start + length)} is a block; before anybody is shown it. */
  private void verify(int block, ByteBuffer bytes, int start, int length)
      throws CorruptStoreException {
    int checksumOffset = start + length - Integer.BYTES;
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(start, length - Integer.BYTES));
    int expected = bytes.getInt(checksumOffset);
    if ((int) crc.getValue() != expected) {
      throw new CorruptStoreException(
          path.toString(),
          offset(block),
          String.format(
              "data block checksum: expected %08x, got %08x", expected, (int) crc.getValue()));
    }
    int entryCount = bytes.getInt(checksumOffset - Integer.BYTES);
    if (entryCount < 1
        || (long) entryCount * (RunFormat.ENTRY_HEADER_BYTES + RunFormat.BLOCK_BYTES_PER_ENTRY)
            > length - RunFormat.BLOCK_TRAILER_BYTES) {
      throw new CorruptStoreException(
          path.toString(),
          offset(block),
          "data block of " + length + " bytes with " + entryCount + " entries");
    }
  }
}
