package io.omendb.state.backend.state;

import io.omendb.state.backend.form.CompositeKey;
import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.ValueBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.runtime.state.InternalKeyContext;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;

/**
 * What the states of one backend share: the store, the current key, and the sequence that versions
 * their writes.
 *
 * <p>A state's entries have one store keyspace; inside it the key bytes are the composite {@code
 * key ‖ namespace ‖ user key}, each part in its {@link KeyPart#form()}, without a key-group prefix,
 * because the store addresses key groups itself. Every part is self-delimiting, so {@code key ‖
 * namespace} is the prefix of exactly the entries of one map state. The sequence rises at snapshots
 * only: between two snapshots a rewritten entry replaces its predecessor in place.
 *
 * <p>Owned by the task thread, except {@link #sequence()}.
 */
public final class StateContext<K> {

  private final LearnedStore store;
  private final InternalKeyContext<K> keyContext;
  private final KeyPart<K> keyPart;
  private final CompositeKey<K> key;
  private final Map<Integer, StoredForms> forms = new HashMap<>();
  private final ValueBuffer value = new ValueBuffer();
  private volatile long sequence;

  public StateContext(
      LearnedStore store,
      InternalKeyContext<K> keyContext,
      KeyPart<K> keyPart,
      long firstSequence) {
    this.store = store;
    this.keyContext = keyContext;
    this.keyPart = keyPart;
    this.key = new CompositeKey<>(keyPart);
    this.sequence = firstSequence;
  }

  public LearnedStore store() {
    return store;
  }

  /** The current key, to which states append. */
  CompositeKey<K> key() {
    return key;
  }

  /** How keys are stored, in all states. */
  public KeyPart<K> keyPart() {
    return keyPart;
  }

  /** Says how the keys of a state are stored; before its first use. */
  public void defineForms(int keyspace, StoredForms stateForms) {
    forms.put(keyspace, stateForms);
  }

  StoredForms forms(int keyspace) {
    StoredForms known = forms.get(keyspace);
    if (known == null) {
      throw new IllegalStateException("No state is registered at keyspace " + keyspace);
    }
    return known;
  }

  public int currentKeyGroup() {
    return keyContext.getCurrentKeyGroupIndex();
  }

  public KeyGroupRange keyGroups() {
    return keyContext.getKeyGroupRange();
  }

  public int totalKeyGroups() {
    return keyContext.getNumberOfKeyGroups();
  }

  public void keySelected() {
    key.select(keyContext.getCurrentKey());
  }

  /** The version of writes made now; reads at it see everything written. */
  public long sequence() {
    return sequence;
  }

  /** Ends the current sequence and returns it: what was written until now has no later version. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // the task thread is the only writer
  public long advanceSequence() {
    return sequence++;
  }

  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key) {
    return store.get(keyspace, keyGroup, key, sequence);
  }

  /** What is stored under the composite of now, until the next read; null if nothing. */
  @Nullable ValueBuffer readCurrent(int keyspace) {
    boolean found =
        store.get(keyspace, currentKeyGroup(), key.bytes(), key.length(), sequence, value);
    return found ? value : null;
  }

  /** Stores {@code bytes[0, length)} under the composite of now. */
  void writeCurrent(int keyspace, byte[] bytes, int length) {
    store.put(keyspace, currentKeyGroup(), key.bytes(), key.length(), sequence, bytes, length);
  }

  void deleteCurrent(int keyspace) {
    store.delete(keyspace, currentKeyGroup(), key.bytes(), key.length(), sequence);
  }

  public void put(int keyspace, int keyGroup, byte[] key, byte[] value) {
    store.put(keyspace, keyGroup, key, sequence, value);
  }

  public void delete(int keyspace, int keyGroup, byte[] key) {
    store.delete(keyspace, keyGroup, key, sequence);
  }

  /** All live entries of a keyspace in a key group, in key order; tolerates writes meanwhile. */
  public EntryPages entries(int keyspace, int keyGroup) {
    return new EntryPages(store, keyspace, keyGroup, null, this::sequence);
  }

  /** As {@link #entries(int, int)}, of the keys in a range; null: open. */
  public EntryPages entries(
      int keyspace, int keyGroup, byte @Nullable [] from, byte @Nullable [] toExclusive) {
    return new EntryPages(store, keyspace, keyGroup, from, toExclusive, this::sequence);
  }

  /** The first live entry in a range; null if none is. */
  @Nullable StoredEntry first(
      int keyspace, int keyGroup, byte[] from, byte @Nullable [] toExclusive) {
    try (StoreCursor cursor = store.scan(keyspace, keyGroup, from, toExclusive, sequence)) {
      while (cursor.next()) {
        if (!cursor.isDeleted()) {
          return new StoredEntry(cursor.key(), cursor.value());
        }
      }
    }
    return null;
  }

  /** As {@link #entries(int, int)}, of the keys that begin with {@code prefix}. */
  public EntryPages entries(int keyspace, int keyGroup, byte[] prefix) {
    return new EntryPages(store, keyspace, keyGroup, prefix, this::sequence);
  }
}
