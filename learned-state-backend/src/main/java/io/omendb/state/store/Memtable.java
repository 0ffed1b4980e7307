package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An ordered table of recent entries, off-heap: a skip list (Pugh, CACM 1990) in an {@link Arena}.
 * Order: section, key as unsigned bytes, version descending.
 *
 * <p>One writer; readers take no lock. The writer fills a node before it links it with a release
 * store, bottom level first, so who reaches a node by acquire loads sees it whole. Nodes are never
 * removed. Writing an entry again replaces its value pointer. Point reads go through a {@link
 * NodeTable}; the list serves scans, flushes and older snapshots.
 *
 * <pre>
 * node:  0 i64 section | 8 i64 version | 16 i32 value address (acquire/release)
 *        20 i32 key length | 24 i32 height | 28 i32 next[height] (acquire/release) | key bytes
 * value: 0 i32 length, -1 for a deletion | 4 value bytes
 * </pre>
 *
 * <p>References: the store's view holds one, cursors and checkpoints others; the last release gives
 * the memory back. Point reads hold none and are covered by {@link ReadGuard}.
 */
final class Memtable {

  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle KEY_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int SECTION = 0;
  private static final int VERSION = 8;
  private static final int VALUE = 16;
  private static final int KEY_LENGTH = 20;
  private static final int HEIGHT = 24;
  private static final int NEXT = 28;
  private static final int HEIGHT_MAX = 12;
  private static final int DELETED = -1;

  private final Arena arena;
  private final NodeTable newestNodes = new NodeTable();
  private final int head;
  private final int[] previous = new int[HEIGHT_MAX];
  private final TreeSet<Integer> keyspaces = new TreeSet<>();
  private final AtomicInteger references = new AtomicInteger(1);
  private int lastKeyspace = -1;
  private int height = 1;
  private long random = 0x9E3779B97F4A7C15L;
  private long entryCount;
  private long maxVersion = -1;

  private Map<Integer, Long> frozenHorizons = Map.of();

  /** Set once, under the store's flush lock. */
  private volatile @Nullable FlushedRun flushed;

  /** What became of a frozen memtable; no file if nothing of it had to be kept. */
  record FlushedRun(@Nullable RunFile file) {}

  Memtable(ArenaAllocator allocator, int expectedBytes) {
    this.arena = new Arena(allocator, expectedBytes);
    this.head = arena.allocate(NEXT + Integer.BYTES * HEIGHT_MAX);
    ByteBuffer chunk = arena.chunk(head);
    for (int level = 0; level < HEIGHT_MAX; level++) {
      chunk.putInt(Arena.offset(head) + NEXT + Integer.BYTES * level, 0);
    }
  }

  // Writer thread.

  void put(long section, byte[] key, long version, byte @Nullable [] value) {
    int cell = newValue(value);
    long hash = KeyHash.of(section, key, 0, key.length);
    long[] slots = newestNodes.slots();
    int slot = slotOf(slots, hash, section, key);
    int newest = NodeTable.address(NodeTable.get(slots, slot));
    int found =
        newest != 0 && version(newest) == version ? newest : findPrevious(section, key, version);
    if (found != 0) {
      INT.setRelease(arena.chunk(found), Arena.offset(found) + VALUE, cell);
      return;
    }
    int nodeHeight = randomHeight();
    for (; height < nodeHeight; height++) {
      previous[height] = head;
    }
    int node = arena.allocate(Math.addExact(NEXT + Integer.BYTES * nodeHeight, key.length));
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    chunk.putLong(offset + SECTION, section);
    chunk.putLong(offset + VERSION, version);
    chunk.putInt(offset + VALUE, cell);
    chunk.putInt(offset + KEY_LENGTH, key.length);
    chunk.putInt(offset + HEIGHT, nodeHeight);
    chunk.put(offset + NEXT + Integer.BYTES * nodeHeight, key);
    for (int level = 0; level < nodeHeight; level++) {
      chunk.putInt(offset + NEXT + Integer.BYTES * level, next(previous[level], level));
    }
    for (int level = 0; level < nodeHeight; level++) {
      int before = previous[level];
      INT.setRelease(
          arena.chunk(before), Arena.offset(before) + NEXT + Integer.BYTES * level, node);
    }
    if (newest == 0 || version(newest) < version) {
      newestNodes.set(slot, hash, node);
    }
    entryCount++;
    maxVersion = Math.max(maxVersion, version);
    int keyspace = Section.keyspace(section);
    if (keyspace != lastKeyspace) {
      lastKeyspace = keyspace;
      keyspaces.add(keyspace);
    }
  }

  /** Bytes of memory in use, with the hash table's. */
  long usedBytes() {
    return arena.usedBytes() + newestNodes.usedBytes();
  }

  long entryCount() {
    return entryCount;
  }

  boolean containsKeyspace(int keyspace) {
    return keyspaces.contains(keyspace);
  }

  /** The highest version; exact once the memtable is frozen. */
  long maxVersion() {
    return maxVersion;
  }

  /**
   * Ends writing. The horizons of this moment decide what a flush may leave out, so that a
   * checkpoint taken now does not depend on when it is written.
   */
  void freeze(Map<Integer, Long> horizons) {
    frozenHorizons = horizons;
  }

  Map<Integer, Long> frozenHorizons() {
    return frozenHorizons;
  }

  private int newValue(byte @Nullable [] value) {
    int length = value == null ? 0 : value.length;
    int cell = arena.allocate(Math.addExact(Integer.BYTES, length));
    ByteBuffer chunk = arena.chunk(cell);
    int offset = Arena.offset(cell);
    chunk.putInt(offset, value == null ? DELETED : length);
    if (value != null) {
      chunk.put(offset + Integer.BYTES, value);
    }
    return cell;
  }

  /** Fills {@link #previous} with the last smaller node of each level; the equal node or 0. */
  private int findPrevious(long section, byte[] key, long version) {
    int node = head;
    int candidate = 0;
    int notSmaller = 0;
    for (int level = height - 1; level >= 0; level--) {
      while (true) {
        candidate = next(node, level);
        if (candidate == 0
            || candidate == notSmaller
            || compare(candidate, section, key, version) >= 0) {
          notSmaller = candidate;
          break;
        }
        node = candidate;
      }
      previous[level] = node;
    }
    return candidate != 0 && compare(candidate, section, key, version) == 0 ? candidate : 0;
  }

  private int randomHeight() {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    int nodeHeight = 1;
    long bits = random;
    while (nodeHeight < HEIGHT_MAX && (bits & 3) == 0) {
      nodeHeight++;
      bits >>>= 2;
    }
    return nodeHeight;
  }

  // Any thread.

  /**
   * Offers the newest entry of the key at or below {@code version}, if newer than what {@code
   * lookup} has. {@code hash} is the key's {@link KeyHash}.
   */
  void find(long section, byte[] key, long hash, long version, Lookup lookup) {
    long[] slots = newestNodes.slots();
    int node = NodeTable.address(NodeTable.get(slots, slotOf(slots, hash, section, key)));
    if (node == 0) {
      return;
    }
    long foundVersion = version(node);
    if (foundVersion > version) {
      // An older snapshot: its version, if there is one, is further down the list.
      node = ceiling(section, key, version);
      if (node == 0 || !isOf(node, section, key)) {
        return;
      }
      foundVersion = version(node);
    }
    if (foundVersion > lookup.version) {
      lookup.found(this, node, foundVersion);
    }
  }

  /** The slot of a key, or the empty one where it would be. */
  private int slotOf(long[] slots, long hash, long section, byte[] key) {
    int position = NodeTable.first(slots, hash);
    while (true) {
      long slot = NodeTable.get(slots, position);
      if (slot == 0
          || (NodeTable.mayMatch(slot, hash) && isOf(NodeTable.address(slot), section, key))) {
        return position;
      }
      position = NodeTable.next(slots, position);
    }
  }

  /** The value of a node, null for a deletion. */
  byte @Nullable [] value(int node) {
    int cell = valueCell(node);
    ByteBuffer chunk = arena.chunk(cell);
    int offset = Arena.offset(cell);
    int length = chunk.getInt(offset);
    if (length == DELETED) {
      return null;
    }
    byte[] value = new byte[length];
    chunk.get(offset + Integer.BYTES, value);
    return value;
  }

  /** Entries of one section, from a key on. */
  EntryCursor cursor(long section, byte @Nullable [] fromInclusive) {
    byte[] from = fromInclusive == null ? EntryCursor.NO_BYTES : fromInclusive;
    return new Cursor(section, ceiling(section, from, Long.MAX_VALUE));
  }

  /** The first section greater than {@code after}, -1 if there is none. */
  long nextSection(long after) {
    int node =
        after == Long.MAX_VALUE ? 0 : ceiling(after + 1, EntryCursor.NO_BYTES, Long.MAX_VALUE);
    return node == 0 ? -1 : section(node);
  }

  private int ceiling(long section, byte[] key, long version) {
    int node = head;
    int candidate = 0;
    int notSmaller = 0;
    for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
      while (true) {
        candidate = next(node, level);
        if (candidate == 0
            || candidate == notSmaller
            || compare(candidate, section, key, version) >= 0) {
          notSmaller = candidate;
          break;
        }
        node = candidate;
      }
    }
    return candidate;
  }

  private int next(int node, int level) {
    return (int)
        INT.getAcquire(arena.chunk(node), Arena.offset(node) + NEXT + Integer.BYTES * level);
  }

  private int valueCell(int node) {
    return (int) INT.getAcquire(arena.chunk(node), Arena.offset(node) + VALUE);
  }

  private long section(int node) {
    return arena.chunk(node).getLong(Arena.offset(node) + SECTION);
  }

  private long version(int node) {
    return arena.chunk(node).getLong(Arena.offset(node) + VERSION);
  }

  private boolean isOf(int node, long section, byte[] key) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    return chunk.getLong(offset + SECTION) == section && compareKey(chunk, offset, key) == 0;
  }

  private int compare(int node, long section, byte[] key, long version) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    int order = Long.compare(chunk.getLong(offset + SECTION), section);
    if (order == 0) {
      order = compareKey(chunk, offset, key);
    }
    return order != 0 ? order : Long.compare(version, chunk.getLong(offset + VERSION));
  }

  private static int compareKey(ByteBuffer chunk, int offset, byte[] key) {
    int length = chunk.getInt(offset + KEY_LENGTH);
    int start = offset + NEXT + Integer.BYTES * chunk.getInt(offset + HEIGHT);
    int common = Math.min(length, key.length);
    int i = 0;
    for (; i + Long.BYTES <= common; i += Long.BYTES) {
      long a = chunk.getLong(start + i);
      long b = (long) KEY_LONG.get(key, i);
      if (a != b) {
        return Long.compareUnsigned(a, b);
      }
    }
    for (; i < common; i++) {
      int order = (chunk.get(start + i) & 0xFF) - (key[i] & 0xFF);
      if (order != 0) {
        return order;
      }
    }
    return length - key.length;
  }

  // References.

  void retain() {
    references.incrementAndGet();
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      arena.release();
      FlushedRun run = flushed;
      if (run != null && run.file() != null) {
        run.file().release();
      }
    }
  }

  @Nullable FlushedRun flushed() {
    return flushed;
  }

  /** Records the run; takes over one reference to its file. */
  void setFlushed(@Nullable RunFile file) {
    flushed = new FlushedRun(file);
  }

  private final class Cursor extends EntryCursor {
    private final long section;
    private int upcoming;
    private int cell;
    private byte[] scratch = new byte[64];

    Cursor(long section, int first) {
      this.section = section;
      this.upcoming = first;
    }

    @Override
    boolean advance() {
      int node = upcoming;
      if (node == 0) {
        return false;
      }
      ByteBuffer chunk = arena.chunk(node);
      int offset = Arena.offset(node);
      if (chunk.getLong(offset + SECTION) != section) {
        upcoming = 0;
        return false;
      }
      keyLength = chunk.getInt(offset + KEY_LENGTH);
      if (scratch.length < keyLength) {
        scratch = new byte[Math.max(keyLength, 2 * scratch.length)];
      }
      keyBytes = scratch;
      keyOffset = 0;
      chunk.get(
          offset + NEXT + Integer.BYTES * chunk.getInt(offset + HEIGHT), scratch, 0, keyLength);
      version = chunk.getLong(offset + VERSION);
      cell = valueCell(node);
      deleted = arena.chunk(cell).getInt(Arena.offset(cell)) == DELETED;
      upcoming = next(node, 0);
      return true;
    }

    @Override
    int valueLength() {
      return Math.max(0, arena.chunk(cell).getInt(Arena.offset(cell)));
    }

    @Override
    void copyValue(byte[] target, int offset) {
      arena.chunk(cell).get(Arena.offset(cell) + Integer.BYTES, target, offset, valueLength());
    }
  }
}
