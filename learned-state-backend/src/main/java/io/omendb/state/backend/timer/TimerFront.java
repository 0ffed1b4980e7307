package io.omendb.state.backend.timer;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.backend.state.StateContext;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.apache.flink.runtime.state.InternalPriorityQueue;
import org.apache.flink.runtime.state.heap.AbstractHeapPriorityQueueElement;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one key group: all in the store, the first few in the heap as well. A set; elements
 * are equal if their bytes are.
 *
 * <p>Assumption, the same that Flink's RocksDB backend makes: as unsigned bytes, serialized
 * elements are in the order of their priority. Flink's timer serializer sees to it by writing the
 * time stamp first, with its sign bit flipped.
 *
 * <p>Invariants: the front is all stored elements that are not greater than {@link #frontEnd}, or
 * all there are if it is {@link #complete}. So what is in that range and not in the front is not
 * stored. When the front has run empty, it is filled again from behind its end, and never walks
 * over the deletions that it has left before it. An element that makes the front exceed its
 * capacity puts the last one out of it.
 *
 * <p>Costs: an addition or a removal is one write of the store; of {@code capacity} polls in a row,
 * one opens a scan. {@link #size()} reads everything behind the front.
 */
final class TimerFront<T> extends AbstractHeapPriorityQueueElement
    implements InternalPriorityQueue<T> {

  private static final byte[] NO_VALUE = {};

  private final StateContext<?> context;
  private final StoreReader reader;
  private final int keyspace;
  private final int keyGroup;
  private final TimerCodec<T> codec;
  private final int capacity;
  private final TreeSet<byte[]> front = new TreeSet<>(Arrays::compareUnsigned);

  /** Null at the beginning, when nothing is known. */
  private byte @Nullable [] frontEnd;

  private boolean complete;

  /** The first of the front, once it has been asked for. */
  private @Nullable T head;

  /**
   * @param reader reads the store of {@code context}
   */
  TimerFront(
      StateContext<?> context,
      StoreReader reader,
      int keyspace,
      int keyGroup,
      TimerCodec<T> codec,
      int capacity) {
    this.context = context;
    this.reader = reader;
    this.keyspace = keyspace;
    this.keyGroup = keyGroup;
    this.codec = codec;
    this.capacity = capacity;
  }

  @Override
  public @Nullable T peek() {
    fill();
    if (head == null && !front.isEmpty()) {
      head = codec.decode(front.first());
    }
    return head;
  }

  @Override
  public @Nullable T poll() {
    T polled = peek();
    if (polled != null) {
      context.delete(keyspace, keyGroup, front.first());
      front.pollFirst();
      head = null;
    }
    return polled;
  }

  /** Returns whether the head has changed. */
  @Override
  public boolean add(T element) {
    byte[] key = codec.encode(element);
    fill();
    if (!isInRange(key)) {
      context.put(keyspace, keyGroup, key, NO_VALUE);
      return false;
    }
    if (!front.add(key)) {
      return false;
    }
    context.put(keyspace, keyGroup, key, NO_VALUE);
    if (front.size() > capacity) {
      front.pollLast();
      frontEnd = front.last();
      complete = false;
    }
    boolean first = front.first() == key;
    if (first) {
      head = null;
    }
    return first;
  }

  /** Returns whether the head has changed. */
  @Override
  public boolean remove(T element) {
    byte[] key = codec.encode(element);
    fill();
    if (!isInRange(key)) {
      context.delete(keyspace, keyGroup, key);
      return false;
    }
    boolean first = !front.isEmpty() && Arrays.equals(front.first(), key);
    if (!front.remove(key)) {
      return false;
    }
    context.delete(keyspace, keyGroup, key);
    if (first) {
      head = null;
    }
    return first;
  }

  private boolean isInRange(byte[] key) {
    return complete || (frontEnd != null && Arrays.compareUnsigned(key, frontEnd) <= 0);
  }

  /** Fills a front that has run empty, if there is more. */
  private void fill() {
    if (complete || !front.isEmpty()) {
      return;
    }
    byte[] from = frontEnd == null ? null : EntryPages.successorOfKey(frontEnd);
    try (StoreCursor cursor = reader.scan(keyspace, keyGroup, from, null, context.sequence())) {
      while (front.size() < capacity) {
        if (!cursor.next()) {
          complete = true;
          return;
        }
        if (!cursor.isDeleted()) {
          front.add(cursor.key());
        }
      }
    }
    frontEnd = front.last();
  }

  /** Forgets what is in the heap: the store has been rewritten. */
  void forget() {
    front.clear();
    frontEnd = null;
    complete = false;
    head = null;
  }

  int heldCount() {
    return front.size();
  }

  @Override
  public boolean isEmpty() {
    fill();
    return front.isEmpty();
  }

  @Override
  public int size() {
    int size = front.size();
    for (Iterator<StoredEntry> rest = behindFront(); rest.hasNext(); rest.next()) {
      size++;
    }
    return size;
  }

  private Iterator<StoredEntry> behindFront() {
    EntryPages entries = new EntryPages(reader, keyspace, keyGroup, null, context::sequence);
    if (complete) {
      return List.<StoredEntry>of().iterator();
    }
    if (frontEnd != null) {
      entries.skipTo(frontEnd);
    }
    return entries;
  }

  @Override
  public void addAll(@Nullable Collection<? extends T> elements) {
    if (elements != null) {
      elements.forEach(this::add);
    }
  }

  /** In order; tolerates writes meanwhile. */
  @Override
  public CloseableIterator<T> iterator() {
    Iterator<byte[]> inFront = new ArrayList<>(front).iterator();
    Iterator<StoredEntry> behind = behindFront();
    return CloseableIterator.adapterForIterator(
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return inFront.hasNext() || behind.hasNext();
          }

          @Override
          public T next() {
            return codec.decode(inFront.hasNext() ? inFront.next() : behind.next().key());
          }
        });
  }
}
