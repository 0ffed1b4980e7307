package io.omendb.state.backend.timer;

import io.omendb.state.backend.state.StateContext;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyExtractorFunction;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.PriorityComparator;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.KeyGroupPartitionedPriorityQueue;
import org.apache.flink.runtime.state.heap.KeyGroupPartitionedPriorityQueue.PartitionQueueSetFactory;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * A timer queue in the store, of which the heap holds a bounded front per key group: a heap of
 * {@link TimerFront}s in the order of their heads. Restoring reads the fronts only.
 */
public final class StoredTimerQueue<
        T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
    implements TimerQueue<T> {

  private static final byte[] NO_VALUE = {};

  private final StateContext<?> context;
  private final int keyspace;
  private final TimerCodec<T> codec;
  private final List<TimerFront<T>> fronts = new ArrayList<>();
  private final KeyGroupPartitionedPriorityQueue<T, TimerFront<T>> queue;

  /**
   * @param reader reads the store of {@code context}
   * @param frontSize elements of each key group that are held in the heap
   */
  public StoredTimerQueue(
      StateContext<?> context,
      StoreReader reader,
      int keyspace,
      int frontSize,
      TypeSerializer<T> serializer) {
    this.context = context;
    this.keyspace = keyspace;
    this.codec = new TimerCodec<>(serializer);
    PartitionQueueSetFactory<T, TimerFront<T>> newFront =
        (keyGroup, totalKeyGroups, keys, order) -> {
          TimerFront<T> front =
              new TimerFront<>(context, reader, keyspace, keyGroup, codec, frontSize);
          fronts.add(front);
          return front;
        };
    this.queue =
        new KeyGroupPartitionedPriorityQueue<T, TimerFront<T>>(
            KeyExtractorFunction.forKeyedObjects(),
            PriorityComparator.forPriorityComparableObjects(),
            newFront,
            context.keyGroups(),
            context.totalKeyGroups());
  }

  /**
   * {@inheritDoc} A key group at a time is in the heap meanwhile. The heads keep their priorities,
   * so the order of the fronts stays what it is.
   */
  @Override
  public void migrate(TypeSerializer<T> newSerializer) {
    TimerCodec<T> newCodec = new TimerCodec<>(newSerializer);
    for (int keyGroup : context.keyGroups()) {
      List<byte[]> former = new ArrayList<>();
      context.entries(keyspace, keyGroup).forEachRemaining(entry -> former.add(entry.key()));
      List<byte[]> present =
          former.stream().map(key -> newCodec.encode(codec.decode(key))).toList();
      former.forEach(key -> context.delete(keyspace, keyGroup, key));
      present.forEach(key -> context.put(keyspace, keyGroup, key, NO_VALUE));
    }
    codec.setSerializer(newSerializer);
    fronts.forEach(TimerFront::forget);
  }

  @Override
  public void setSerializer(TypeSerializer<T> newSerializer) {
    codec.setSerializer(newSerializer);
  }

  /** How many elements the heap holds. */
  public int heldCount() {
    return fronts.stream().mapToInt(TimerFront::heldCount).sum();
  }

  @Override
  public @Nullable T poll() {
    return queue.poll();
  }

  @Override
  public @Nullable T peek() {
    return queue.peek();
  }

  @Override
  public boolean add(T element) {
    return queue.add(element);
  }

  @Override
  public boolean remove(T element) {
    return queue.remove(element);
  }

  @Override
  public void addAll(@Nullable Collection<? extends T> elements) {
    queue.addAll(elements);
  }

  @Override
  public boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Reads all that is behind the fronts. */
  @Override
  public int size() {
    return queue.size();
  }

  @Override
  public CloseableIterator<T> iterator() {
    return queue.iterator();
  }

  @Override
  public Set<T> getSubsetForKeyGroup(int keyGroup) {
    return queue.getSubsetForKeyGroup(keyGroup);
  }
}
