package io.omendb.state.backend.timer;

import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;

/**
 * A timer queue whose every element is an entry of the store too (key: the serialized element;
 * value: empty), in the keyspace of the queue. So timers are part of every snapshot like any state,
 * incrementally and without a synchronous pass over them. Task thread.
 */
sealed interface TimerQueue<T> extends KeyGroupedInternalPriorityQueue<T>
    permits DurableTimerQueue, StoredTimerQueue {

  /** Rewrites all stored elements in the form of {@code newSerializer}. */
  void migrate(TypeSerializer<T> newSerializer);

  /** Goes on with a serializer that has the same form. */
  void setSerializer(TypeSerializer<T> newSerializer);
}
