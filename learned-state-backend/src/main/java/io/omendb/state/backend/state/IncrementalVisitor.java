package io.omendb.state.backend.state;

import io.omendb.state.backend.form.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.runtime.state.StateEntry;
import org.apache.flink.runtime.state.internal.InternalKvState.StateIncrementalVisitor;

/** Walks over all values of a state a few at a time, for incremental clean-up of expired ones. */
final class IncrementalVisitor<K, N, V> implements StateIncrementalVisitor<K, N, V> {

  private record Visited<K, N, V>(KeyNamespaceIterator.Position<K, N> position, V value)
      implements StateEntry<K, N, V> {
    @Override
    public K getKey() {
      return position.key();
    }

    @Override
    public N getNamespace() {
      return position.namespace();
    }

    @Override
    public V getState() {
      return value;
    }
  }

  private final AbstractLearnedState<K, N, V> state;
  private final int batchSize;
  private final KeyNamespaceIterator<K, N> positions;

  IncrementalVisitor(AbstractLearnedState<K, N, V> state, int batchSize) {
    this.state = state;
    this.batchSize = batchSize;
    this.positions =
        new KeyNamespaceIterator<>(state.context, state.keyspace, state.form.duplicate());
  }

  @Override
  public boolean hasNext() {
    return positions.hasNext();
  }

  @Override
  public Collection<StateEntry<K, N, V>> nextEntries() {
    List<StateEntry<K, N, V>> batch = new ArrayList<>(batchSize);
    while (batch.size() < batchSize && positions.hasNext()) {
      KeyNamespaceIterator.Position<K, N> position = positions.next();
      // The page may be older than the entry: only what is still there may be judged.
      StoredEntry first =
          state.currentForm(position.keyGroup(), position.first(), position.prefix());
      if (first != null) {
        batch.add(
            new Visited<>(position, state.valueOf(first, position.prefix(), position.keyGroup())));
      }
    }
    return batch;
  }

  @Override
  public void remove(StateEntry<K, N, V> entry) {
    KeyNamespaceIterator.Position<K, N> position = ((Visited<K, N, V>) entry).position();
    state.replaceValue(position.keyGroup(), position.prefix(), null);
  }

  @Override
  public void update(StateEntry<K, N, V> entry, V newValue) {
    KeyNamespaceIterator.Position<K, N> position = ((Visited<K, N, V>) entry).position();
    state.replaceValue(position.keyGroup(), position.prefix(), newValue);
  }
}
