package io.omendb.state.backend;

import java.io.IOException;
import java.util.Collection;
import java.util.Set;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSet;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * A timer queue: ordered in the heap, and written through to the store, entry by entry (key: the
 * serialized element; value: empty).
 *
 * <p>So timers are part of every snapshot like any state, incrementally and without a synchronous
 * pass over them, and restoring reads them back. Keeping them all in the heap too is simple and
 * quick; a queue that holds only its front in the heap can replace it behind the same interface.
 */
final class DurableTimerQueue<
        T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
    implements KeyGroupedInternalPriorityQueue<T> {

  private static final byte[] EMPTY = {};

  private final StateContext<?> context;
  private final int keyspace;
  private final HeapPriorityQueueSet<T> heap;
  private final DataOutputSerializer output = new DataOutputSerializer(64);
  private TypeSerializer<T> serializer;

  DurableTimerQueue(
      StateContext<?> context,
      int keyspace,
      HeapPriorityQueueSet<T> heap,
      TypeSerializer<T> serializer) {
    this.context = context;
    this.keyspace = keyspace;
    this.heap = heap;
    this.serializer = serializer;
  }

  /** Fills the heap from the store. */
  void load() {
    DataInputDeserializer input = new DataInputDeserializer();
    for (int keyGroup : context.keyGroups()) {
      EntryPages entries = context.entries(keyspace, keyGroup);
      while (entries.hasNext()) {
        try {
          input.setBuffer(entries.next().key());
          heap.add(serializer.deserialize(input));
        } catch (IOException e) {
          throw new FlinkRuntimeException("A stored timer cannot be deserialized", e);
        }
      }
    }
  }

  /** Rewrites all stored elements in the form of {@code newSerializer}. */
  void migrate(TypeSerializer<T> newSerializer) {
    TypeSerializer<T> formerSerializer = serializer;
    for (int keyGroup : context.keyGroups()) {
      Set<T> elements = heap.getSubsetForKeyGroup(keyGroup);
      for (T element : elements) {
        context.delete(keyspace, keyGroup, serialize(element, formerSerializer));
      }
      for (T element : elements) {
        context.put(keyspace, keyGroup, serialize(element, newSerializer), EMPTY);
      }
    }
    serializer = newSerializer;
  }

  void setSerializer(TypeSerializer<T> newSerializer) {
    serializer = newSerializer;
  }

  @Override
  public @Nullable T poll() {
    T head = heap.poll();
    if (head != null) {
      context.delete(keyspace, keyGroupOf(head), serialize(head, serializer));
    }
    return head;
  }

  @Override
  public @Nullable T peek() {
    return heap.peek();
  }

  @Override
  public boolean add(T element) {
    context.put(keyspace, keyGroupOf(element), serialize(element, serializer), EMPTY);
    return heap.add(element);
  }

  @Override
  public boolean remove(T element) {
    context.delete(keyspace, keyGroupOf(element), serialize(element, serializer));
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

  private byte[] serialize(T element, TypeSerializer<T> elementSerializer) {
    try {
      output.clear();
      elementSerializer.serialize(element, output);
      return output.getCopyOfBuffer();
    } catch (IOException e) {
      throw new FlinkRuntimeException("The timer cannot be serialized", e);
    }
  }
}
