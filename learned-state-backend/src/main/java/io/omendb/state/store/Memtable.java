package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Recent entries, off-heap, in an {@link Arena}. Point reads go through a {@link NodeTable}.
 *
 * <p>Ordered nodes are in a skip list too (Pugh, CACM 1990), in the order section, key as unsigned
 * bytes, version descending; it serves scans, flushes and older snapshots. Entries of keyspaces
 * that are written and read by key only need no order before they are flushed, and a skip list
 * costs a cache line per probe: their nodes are <em>loose</em>, on one chain, and sorted when the
 * memtable is frozen. A scan by the writer puts a keyspace's loose nodes into the list; a scan by
 * another thread sorts those of its section for itself.
 *
 * <p>One writer; readers take no lock. The writer fills a node before it links it with a release
 * store, bottom level first, so who reaches a node by acquire loads sees it whole. Nodes are never
 * removed. Writing an entry again replaces its value pointer.
 *
 * <pre>
 * node:  0 i64 section | 8 i64 version | 16 i32 value address (acquire/release)
 *        20 i32 key length | 24 i32 height | 28 i32 next[height] (acquire/release) | key bytes
 * loose: height is LOOSE; next[0] is the loose node added before, next[1] the key's next older one
 * value: 0 i32 length, -1 for a deletion | 4 value bytes
 * </pre>
 *
 * <p>One long file, because the layout of nodes, their two orders and the passage from one to the
 * other under readers are one secret.
 *
 * <p>References: the store's view holds one, cursors and checkpoints others; the last release gives
 * the memory back. Point reads hold none and are covered by {@link ReadGuard}.
 */
final class Memtable {

  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final int SECTION = 0;
  private static final int VERSION = 8;
  private static final int VALUE = 16;
  private static final int KEY_LENGTH = 20;
  private static final int HEIGHT = 24;
  private static final int NEXT = 28;
  private static final int HEIGHT_MAX = 12;
  private static final int DELETED = -1;

  /** Flag in the height of a loose node; the rest is the number of its links. */
  private static final int LOOSE = 0x100;

  private static final int LINK_COUNT_MASK = 0xFF;
  private static final int LOOSE_LINK_COUNT = 2;
  private static final int OLDER = NEXT + Integer.BYTES;

  private final Arena arena;
  private final NodeTable newestNodes;
  private final int head;
  private final int[] previous = new int[HEIGHT_MAX];
  private final TreeSet<Integer> keyspaces = new TreeSet<>();
  private final AtomicInteger references = new AtomicInteger(1);
  private int lastKeyspace = -1;
  private int height = 1;
  private long random = 0x9E3779B97F4A7C15L;
  private long entryCount;
  private long maxVersion = -1;

  /** The last loose node, 0 if there is none. */
  private volatile int lastLoose;

  /** Keyspaces that have nodes on the chain; grows before the first of them is linked. */
  private volatile KeyspaceSet chained = KeyspaceSet.EMPTY;

  /** The keyspace of the last loose node; writer thread. */
  private int lastChained = -1;

  /**
   * Keyspaces whose nodes all go into the list; those that were on the chain are being put there,
   * or were. So a keyspace that has ordered nodes gets no loose ones. Writer thread.
   */
  private KeyspaceSet ordered = KeyspaceSet.EMPTY;

  /** A keyspace that is ordered; writer thread. */
  private int lastOrdered = -1;

  /** Keyspaces of which all nodes are in the list, whatever is on the chain. */
  private volatile KeyspaceSet listed = KeyspaceSet.EMPTY;

  private volatile boolean frozen;

  /** Loose nodes by section, in order; made once, when frozen. */
  private @Nullable NavigableMap<Long, int[]> sortedLoose;

  private Map<Integer, Long> frozenHorizons = Map.of();

  /** Set once, under the store's flush lock. */
  private volatile @Nullable FlushedRun flushed;

  /** What became of a frozen memtable; no file if nothing of it had to be kept. */
  record FlushedRun(@Nullable RunFile file) {}

  /**
   * @param retire runs an action when all present readers have left
   */
  Memtable(ArenaAllocator allocator, int expectedBytes, Consumer<Runnable> retire) {
    this.arena = new Arena(allocator, expectedBytes);
    this.newestNodes = new NodeTable(allocator, retire);
    this.head = arena.allocate(NEXT + Integer.BYTES * HEIGHT_MAX);
    ByteBuffer chunk = arena.chunk(head);
    for (int level = 0; level < HEIGHT_MAX; level++) {
      chunk.putInt(Arena.offset(head) + NEXT + Integer.BYTES * level, 0);
    }
  }

  // Writer thread.

  /**
   * Writes {@code key[0, keyLength)} with {@code value[0, valueLength)}, or a deletion.
   *
   * @param loose whether the keyspace is read by key only, as a rule
   */
  void put(
      long section,
      byte[] key,
      int keyLength,
      long version,
      byte @Nullable [] value,
      int valueLength,
      boolean loose) {
    int keyspace = Section.keyspace(section);
    if (!loose && keyspace != lastOrdered) {
      putInOrder(keyspace);
      lastOrdered = keyspace;
    }
    int cell = newValue(value, valueLength);
    long hash = KeyHash.of(section, key, 0, keyLength);
    NodeTable.Slots slots = newestNodes.slots();
    int slot = slotOf(slots, hash, section, key, keyLength);
    int newest = NodeTable.address(slots.get(slot));
    if (newest != 0 && version(newest) == version) {
      setValue(newest, cell);
      return;
    }
    int node =
        loose && !ordered.contains(keyspace)
            ? putLoose(section, key, keyLength, version, cell, newest)
            : putOrdered(section, key, keyLength, version, cell);
    if (node == 0) {
      return;
    }
    if (newest == 0 || version(newest) < version) {
      newestNodes.set(slot, hash, node);
    }
    entryCount++;
    maxVersion = Math.max(maxVersion, version);
    if (keyspace != lastKeyspace) {
      lastKeyspace = keyspace;
      keyspaces.add(keyspace);
    }
  }

  /** The slot of a key, or the empty one where it would be. For readers: {@link #newestNode}. */
  private int slotOf(NodeTable.Slots slots, long hash, long section, byte[] key, int keyLength) {
    int position = slots.first(hash);
    while (true) {
      long slot = slots.get(position);
      if (slot == 0
          || (NodeTable.mayMatch(slot, hash)
              && isOf(NodeTable.address(slot), section, key, keyLength))) {
        return position;
      }
      position = slots.next(position);
    }
  }

  /** Adds a loose node of a key whose newest one is given; 0 if only a value was replaced. */
  private int putLoose(
      long section, byte[] key, int keyLength, long version, int cell, int newest) {
    int newer = 0;
    int older = newest;
    while (older != 0 && version(older) > version) {
      newer = older;
      older = link(older, OLDER);
    }
    if (older != 0 && version(older) == version) {
      setValue(older, cell);
      return 0;
    }
    int keyspace = Section.keyspace(section);
    if (keyspace != lastChained) {
      lastChained = keyspace;
      if (!chained.contains(keyspace)) {
        chained = chained.with(keyspace);
      }
    }
    int node = newNode(section, key, keyLength, version, cell, LOOSE | LOOSE_LINK_COUNT);
    ByteBuffer chunk = arena.chunk(node);
    chunk.putInt(Arena.offset(node) + NEXT, lastLoose);
    chunk.putInt(Arena.offset(node) + OLDER, older);
    if (newer != 0) {
      INT.setRelease(arena.chunk(newer), Arena.offset(newer) + OLDER, node);
    }
    lastLoose = node;
    return node;
  }

  /** Adds a node to the list; 0 if only a value was replaced. */
  private int putOrdered(long section, byte[] key, int keyLength, long version, int cell) {
    int found = findPrevious(section, key, keyLength, version);
    if (found != 0) {
      setValue(found, cell);
      return 0;
    }
    int nodeHeight = randomHeight();
    for (; height < nodeHeight; height++) {
      previous[height] = head;
    }
    int node = newNode(section, key, keyLength, version, cell, nodeHeight);
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    for (int level = 0; level < nodeHeight; level++) {
      chunk.putInt(offset + NEXT + Integer.BYTES * level, next(previous[level], level));
    }
    for (int level = 0; level < nodeHeight; level++) {
      int before = previous[level];
      INT.setRelease(
          arena.chunk(before), Arena.offset(before) + NEXT + Integer.BYTES * level, node);
    }
    return node;
  }

  /** A node without its links. */
  private int newNode(
      long section, byte[] key, int keyLength, long version, int cell, int nodeHeight) {
    int linkBytes = Integer.BYTES * (nodeHeight & LINK_COUNT_MASK);
    int node = arena.allocate(Math.addExact(NEXT + linkBytes, keyLength));
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    chunk.putLong(offset + SECTION, section);
    chunk.putLong(offset + VERSION, version);
    chunk.putInt(offset + VALUE, cell);
    chunk.putInt(offset + KEY_LENGTH, keyLength);
    chunk.putInt(offset + HEIGHT, nodeHeight);
    chunk.put(offset + NEXT + linkBytes, key, 0, keyLength);
    return node;
  }

  private void setValue(int node, int cell) {
    INT.setRelease(arena.chunk(node), Arena.offset(node) + VALUE, cell);
  }

  /** Puts the loose nodes of a keyspace in order, and those to come. */
  void order(int keyspace) {
    if (lastLoose != 0) {
      putInOrder(keyspace);
    }
  }

  private void putInOrder(int keyspace) {
    if (ordered.contains(keyspace)) {
      return;
    }
    ordered = ordered.with(keyspace);
    if (!chained.contains(keyspace)) {
      listed = ordered;
      return;
    }
    int last = lastLoose;
    forEachLoose(
        last,
        keyspace,
        node -> {
          byte[] key = key(node);
          putOrdered(section(node), key, key.length, version(node), valueCell(node));
        });
    // Only now: who comes to an ordered node looks for older versions in the list.
    forEachLoose(
        last,
        keyspace,
        node -> {
          byte[] key = key(node);
          long hash = KeyHash.of(section(node), key, 0, key.length);
          NodeTable.Slots slots = newestNodes.slots();
          int slot = slotOf(slots, hash, section(node), key, key.length);
          if (NodeTable.address(slots.get(slot)) == node) {
            int inOrder = ceiling(section(node), key, key.length, version(node));
            newestNodes.set(slot, hash, inOrder);
          }
        });
    listed = ordered;
  }

  private void forEachLoose(int last, int keyspace, IntConsumer action) {
    for (int node = last; node != 0; node = link(node, NEXT)) {
      if (Section.keyspace(section(node)) == keyspace) {
        action.accept(node);
      }
    }
  }

  /** Bytes of memory in use, with the hash table's. */
  long usedBytes() {
    return arena.usedBytes() + newestNodes.usedBytes();
  }

  /** Bytes that the next write may allocate besides its entry. Writer thread. */
  long growthBytes() {
    return newestNodes.growthBytes();
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
    frozen = true;
  }

  Map<Integer, Long> frozenHorizons() {
    return frozenHorizons;
  }

  private int newValue(byte @Nullable [] value, int valueLength) {
    int length = value == null ? 0 : valueLength;
    int cell = arena.allocate(Math.addExact(Integer.BYTES, length));
    ByteBuffer chunk = arena.chunk(cell);
    int offset = Arena.offset(cell);
    chunk.putInt(offset, value == null ? DELETED : length);
    if (value != null) {
      chunk.put(offset + Integer.BYTES, value, 0, length);
    }
    return cell;
  }

  /** Fills {@link #previous} with the last smaller node of each level; the equal node or 0. */
  private int findPrevious(long section, byte[] key, int keyLength, long version) {
    int node = head;
    int candidate = 0;
    int notSmaller = 0;
    for (int level = height - 1; level >= 0; level--) {
      while (true) {
        candidate = next(node, level);
        if (candidate == 0
            || candidate == notSmaller
            || compare(candidate, section, key, keyLength, version) >= 0) {
          notSmaller = candidate;
          break;
        }
        node = candidate;
      }
      previous[level] = node;
    }
    return candidate != 0 && compare(candidate, section, key, keyLength, version) == 0
        ? candidate
        : 0;
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
  void find(long section, byte[] key, int keyLength, long hash, long version, Lookup lookup) {
    int node = newestNode(hash, section, key, keyLength);
    if (node == 0) {
      return;
    }
    long foundVersion = version(node);
    if (foundVersion > version) {
      node = olderNode(node, section, key, keyLength, version);
      if (node == 0) {
        return;
      }
      foundVersion = version(node);
    }
    if (foundVersion > lookup.version) {
      int cell = valueCell(node);
      ByteBuffer chunk = arena.chunk(cell);
      int offset = Arena.offset(cell);
      int length = chunk.getInt(offset);
      if (length == DELETED) {
        lookup.foundDeletion(foundVersion);
      } else {
        lookup.found(foundVersion, chunk, offset + Integer.BYTES, length);
      }
    }
  }

  /** The node of an older snapshot, given the newest of the key; 0 if there is none. */
  private int olderNode(int newest, long section, byte[] key, int keyLength, long version) {
    if (isLoose(newest)) {
      int node = newest;
      while (node != 0 && version(node) > version) {
        node = link(node, OLDER);
      }
      return node;
    }
    int node = ceiling(section, key, keyLength, version);
    return node != 0 && isOf(node, section, key, keyLength) ? node : 0;
  }

  /**
   * The newest node of a key; 0 if it has none. What is compared is what is returned: a slot that
   * is found empty may hold another key when it is read again.
   */
  private int newestNode(long hash, long section, byte[] key, int keyLength) {
    NodeTable.Slots slots = newestNodes.slots();
    int position = slots.first(hash);
    while (true) {
      long slot = slots.get(position);
      int node = NodeTable.address(slot);
      if (node == 0 || (NodeTable.mayMatch(slot, hash) && isOf(node, section, key, keyLength))) {
        return node;
      }
      position = slots.next(position);
    }
  }

  /** Entries of one section, from a key on. */
  EntryCursor cursor(long section, byte @Nullable [] fromInclusive) {
    byte[] from = fromInclusive == null ? EntryCursor.NO_BYTES : fromInclusive;
    // The chain first: what leaves it for the list meanwhile is then in both, and shown once.
    int keyspace = Section.keyspace(section);
    int last = listed.contains(keyspace) || !chained.contains(keyspace) ? 0 : lastLoose;
    int first = ceiling(section, from, from.length, Long.MAX_VALUE);
    EntryCursor inList = new ListCursor(section, first);
    if (last == 0) {
      return inList;
    }
    int[] loose = frozen ? sortedLoose().getOrDefault(section, NO_NODES) : looseOf(section, last);
    if (loose.length == 0) {
      return inList;
    }
    EntryCursor onChain = new LooseCursor(loose, from);
    return first == 0 || section(first) != section
        ? onChain
        : new MergingCursor(List.of(inList, onChain));
  }

  private int[] looseOf(long section, int last) {
    int[] nodes = new int[64];
    int count = 0;
    for (int node = last; node != 0; node = link(node, NEXT)) {
      if (section(node) == section) {
        if (count == nodes.length) {
          nodes = Arrays.copyOf(nodes, 2 * count);
        }
        nodes[count++] = node;
      }
    }
    nodes = Arrays.copyOf(nodes, count);
    NodeSort.sort(nodes, this::feature, this::compare);
    return nodes;
  }

  private synchronized NavigableMap<Long, int[]> sortedLoose() {
    NavigableMap<Long, int[]> sorted = sortedLoose;
    if (sorted == null) {
      sorted = NodeSort.groups(lastLoose, node -> link(node, NEXT), this::section);
      for (int[] nodes : sorted.values()) {
        NodeSort.sort(nodes, this::feature, this::compare);
      }
      sortedLoose = sorted;
    }
    return sorted;
  }

  /** The first section greater than {@code after}, -1 if there is none. Of a frozen memtable. */
  long nextSection(long after) {
    int node =
        after == Long.MAX_VALUE ? 0 : ceiling(after + 1, EntryCursor.NO_BYTES, 0, Long.MAX_VALUE);
    Long loose = lastLoose == 0 ? null : sortedLoose().higherKey(after);
    if (loose == null) {
      return node == 0 ? -1 : section(node);
    }
    return node == 0 ? loose : Math.min(loose, section(node));
  }

  private int ceiling(long section, byte[] key, int keyLength, long version) {
    int node = head;
    int candidate = 0;
    int notSmaller = 0;
    for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
      while (true) {
        candidate = next(node, level);
        if (candidate == 0
            || candidate == notSmaller
            || compare(candidate, section, key, keyLength, version) >= 0) {
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

  private int link(int node, int offset) {
    return (int) INT.getAcquire(arena.chunk(node), Arena.offset(node) + offset);
  }

  private boolean isLoose(int node) {
    return (arena.chunk(node).getInt(Arena.offset(node) + HEIGHT) & LOOSE) != 0;
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

  private static int keyStart(ByteBuffer chunk, int offset) {
    return offset + NEXT + Integer.BYTES * (chunk.getInt(offset + HEIGHT) & LINK_COUNT_MASK);
  }

  private byte[] key(int node) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    byte[] key = new byte[chunk.getInt(offset + KEY_LENGTH)];
    chunk.get(keyStart(chunk, offset), key);
    return key;
  }

  /**
   * The 8 bytes of a key from a position on, for sorting: see {@link
   * io.omendb.state.model.KeyFeature}.
   */
  private long feature(int node, int position) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    int length = chunk.getInt(offset + KEY_LENGTH);
    int start = keyStart(chunk, offset) + position;
    if (length - position >= Long.BYTES) {
      return chunk.getLong(start) ^ Long.MIN_VALUE;
    }
    long feature = 0;
    for (int i = 0; i < length - position; i++) {
      feature |= (chunk.get(start + i) & 0xFFL) << (56 - 8 * i);
    }
    return feature ^ Long.MIN_VALUE;
  }

  private boolean isOf(int node, long section, byte[] key, int keyLength) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    return chunk.getLong(offset + SECTION) == section
        && chunk.getInt(offset + KEY_LENGTH) == keyLength
        && Bytes.equal(chunk, keyStart(chunk, offset), key, keyLength);
  }

  private int compare(int node, long section, byte[] key, int keyLength, long version) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    int order = Long.compare(chunk.getLong(offset + SECTION), section);
    if (order == 0) {
      order = compareKey(node, key, keyLength);
    }
    return order != 0 ? order : Long.compare(version, chunk.getLong(offset + VERSION));
  }

  private int compareKey(int node, byte[] key, int keyLength) {
    ByteBuffer chunk = arena.chunk(node);
    int offset = Arena.offset(node);
    return Bytes.compare(
        chunk, keyStart(chunk, offset), chunk.getInt(offset + KEY_LENGTH), key, keyLength);
  }

  /** The order of two nodes of one section. */
  private int compare(int a, int b) {
    byte[] key = key(b);
    int order = compareKey(a, key, key.length);
    return order != 0 ? order : Long.compare(version(b), version(a));
  }

  // References.

  void retain() {
    references.incrementAndGet();
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      arena.release();
      newestNodes.release();
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

  private static final int[] NO_NODES = {};

  /** Shows one node after another. */
  private abstract class NodeCursor extends EntryCursor {
    private int cell;
    private byte[] scratch = new byte[64];

    final void show(int node) {
      ByteBuffer chunk = arena.chunk(node);
      int offset = Arena.offset(node);
      keyLength = chunk.getInt(offset + KEY_LENGTH);
      if (scratch.length < keyLength) {
        scratch = new byte[Math.max(keyLength, 2 * scratch.length)];
      }
      keyBytes = scratch;
      keyOffset = 0;
      chunk.get(keyStart(chunk, offset), scratch, 0, keyLength);
      version = chunk.getLong(offset + VERSION);
      cell = valueCell(node);
      deleted = arena.chunk(cell).getInt(Arena.offset(cell)) == DELETED;
    }

    @Override
    int valueLength() {
      return Math.max(0, arena.chunk(cell).getInt(Arena.offset(cell)));
    }

    @Override
    boolean mayDrop(EntryFilter.Pass filter) {
      return filter.mayDrop(arena.chunk(cell), Arena.offset(cell) + Integer.BYTES, valueLength());
    }

    @Override
    void copyValue(byte[] target, int offset) {
      arena.chunk(cell).get(Arena.offset(cell) + Integer.BYTES, target, offset, valueLength());
    }
  }

  private final class ListCursor extends NodeCursor {
    private final long section;
    private int upcoming;

    ListCursor(long section, int first) {
      this.section = section;
      this.upcoming = first;
    }

    @Override
    boolean advance() {
      int node = upcoming;
      if (node == 0) {
        return false;
      }
      if (section(node) != section) {
        upcoming = 0;
        return false;
      }
      show(node);
      upcoming = next(node, 0);
      return true;
    }
  }

  private final class LooseCursor extends NodeCursor {
    private final int[] nodes;
    private int upcoming;

    LooseCursor(int[] nodes, byte[] from) {
      this.nodes = nodes;
      int low = 0;
      int high = nodes.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (Memtable.this.compareKey(nodes[middle], from, from.length) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      upcoming = low;
    }

    @Override
    boolean advance() {
      if (upcoming == nodes.length) {
        return false;
      }
      show(nodes[upcoming++]);
      return true;
    }
  }
}
