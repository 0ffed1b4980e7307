package io.omendb.state.backend.timer;

import io.omendb.state.backend.form.RegisteredState;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.state.StateContext;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSetFactory;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;

/** The timer queues of one backend: creates and restores them, on the store or in the heap. */
public final class TimerQueues {

  private static final int HEAP_CAPACITY_MIN = 128;

  private final StateContext<?> context;
  private final StateCatalog catalog;
  private final TimerService service;
  private final int frontSize;
  private final HeapPriorityQueueSetFactory heapQueues;
  private final Map<String, TimerQueue<?>> created = new HashMap<>();

  public TimerQueues(
      StateContext<?> context, StateCatalog catalog, TimerService service, int frontSize) {
    this.context = context;
    this.catalog = catalog;
    this.service = service;
    this.frontSize = frontSize;
    this.heapQueues =
        new HeapPriorityQueueSetFactory(
            context.keyGroups(), context.totalKeyGroups(), HEAP_CAPACITY_MIN);
  }

  /** The queue of a name, created or restored at the first call. */
  @SuppressWarnings("unchecked") // a queue keeps its element type
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      TimerQueue<T> create(
          String name, TypeSerializer<T> serializer, boolean allowFutureMetadataUpdates) {
    StateId id = StateId.queue(name);
    RegisteredState registered = catalog.find(id);
    RegisteredPriorityQueueStateBackendMetaInfo<T> metaInfo;
    TimerQueue<T> queue = (TimerQueue<T>) created.get(name);
    if (registered == null) {
      metaInfo = new RegisteredPriorityQueueStateBackendMetaInfo<>(name, serializer);
      registered = catalog.register(id, metaInfo);
      queue = newQueue(registered.keyspace(), name, serializer, false);
    } else {
      metaInfo = (RegisteredPriorityQueueStateBackendMetaInfo<T>) registered.metaInfo();
      if (queue == null) {
        queue = newQueue(registered.keyspace(), name, metaInfo.getElementSerializer(), true);
      }
      TypeSerializerSchemaCompatibility<T> compatibility =
          metaInfo.updateElementSerializer(serializer);
      if (compatibility.isIncompatible()) {
        throw new FlinkRuntimeException(
            new StateMigrationException(
                "The new priority queue serializer must not be incompatible."));
      }
      if (compatibility.isCompatibleAfterMigration()) {
        queue.migrate(metaInfo.getElementSerializer());
      } else {
        queue.setSerializer(metaInfo.getElementSerializer());
      }
    }
    if (allowFutureMetadataUpdates) {
      catalog.replace(registered.withMetaInfo(metaInfo.withSerializerUpgradesAllowed()));
    }
    created.put(name, queue);
    return queue;
  }

  /** Keyspaces of heap queues are written by key only; those on the store are read in order. */
  private <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      TimerQueue<T> newQueue(
          int keyspace, String name, TypeSerializer<T> serializer, boolean restored) {
    return switch (service) {
      case STORE ->
          new StoredTimerQueue<>(context, context.store(), keyspace, frontSize, serializer);
      case HEAP -> {
        context.store().readByKey(keyspace);
        DurableTimerQueue<T> queue =
            new DurableTimerQueue<>(
                context, keyspace, heapQueues.create(name, serializer), serializer);
        if (restored) {
          queue.load();
        }
        yield queue;
      }
    };
  }
}
