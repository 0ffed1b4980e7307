package io.omendb.state.backend.timer;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.state.StateContext;
import java.util.Collection;
import java.util.Set;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSet;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * A timer queue that is in the heap as a whole, and written through to the store. Polling never
 * reads the store; the heap bounds the number of timers, and restoring reads them all.
 */
public final class DurableTimerQueue<
        T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
    implements TimerQueue<T> {

  private static final byte[] EMPTY = {};

  private final StateContext<?> context;
  private final int keyspace;
  private final HeapPriorityQueueSet<T> heap;
  private final TimerCodec<T> codec;

  public DurableTimerQueue(
      StateContext<?> context,
      int keyspace,
      HeapPriorityQueueSet<T> heap,
      TypeSerializer<T> serializer) {
    this.context = context;
    this.keyspace = keyspace;
    this.heap = heap;
    this.codec = new TimerCodec<>(serializer);
  }

  /** Fills the heap from the store. */
  void load() {
    for (int keyGroup : context.keyGroups()) {
      EntryPages entries = context.entries(keyspace, keyGroup);
      while (entries.hasNext()) {
        heap.add(codec.decode(entries.next().key()));
      }
    }
  }

  @Override
  public void migrate(TypeSerializer<T> newSerializer) {
    TimerCodec<T> newCodec = new TimerCodec<>(newSerializer);
    for (int keyGroup : context.keyGroups()) {
      Set<T> elements = heap.getSubsetForKeyGroup(keyGroup);
      for (T element : elements) {
        context.delete(keyspace, keyGroup, codec.encode(element));
      }
      for (T element : elements) {
        context.put(keyspace, keyGroup, newCodec.encode(element), EMPTY);
      }
    }
    codec.setSerializer(newSerializer);
  }

  @Override
  public void setSerializer(TypeSerializer<T> newSerializer) {
    codec.setSerializer(newSerializer);
  }

  @Override
  public @Nullable T poll() {
    T head = heap.poll();
    if (head != null) {
      context.delete(keyspace, keyGroupOf(head), codec.encode(head));
    }
    return head;
  }

  @Override
  public @Nullable T peek() {
    return heap.peek();
  }

  @Override
  public boolean add(T element) {
    context.put(keyspace, keyGroupOf(element), codec.encode(element), EMPTY);
    return heap.add(element);
  }

  @Override
  public boolean remove(T element) {
    context.delete(keyspace, keyGroupOf(element), codec.encode(element));
    return heap.remove(element);
  }

  @Override
  public void addAll(@Nullable Collection<? extends T> elements) {
    if (elements != null) {
      elements.forEach(this::add);
    }
  }

  @Override
  public boolean isEmpty() {
    return heap.isEmpty();
  }

  @Override
  public int size() {
    return heap.size();
  }

  @Override
  public CloseableIterator<T> iterator() {
    return heap.iterator();
  }

  @Override
  public Set<T> getSubsetForKeyGroup(int keyGroup) {
    return heap.getSubsetForKeyGroup(keyGroup);
  }

  private int keyGroupOf(T element) {
    return KeyGroupRangeAssignment.assignToKeyGroup(element.getKey(), context.totalKeyGroups());
  }
}
