package io.omendb.state.backend.state;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyNamespaceForm;
import io.omendb.state.backend.form.StoredEntry;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * The keys and namespaces that a state holds values for, each pair once, by key group and then in
 * stored order. Tolerates writes meanwhile; task thread only.
 */
public final class KeyNamespaceIterator<K, N>
    implements Iterator<KeyNamespaceIterator.Position<K, N>> {

  /**
   * A key and namespace.
   *
   * @param first the first stored entry of the pair
   * @param prefix the serialized pair
   */
  public record Position<K, N>(
      K key, N namespace, int keyGroup, StoredEntry first, byte[] prefix) {}

  private final StateContext<K> context;
  private final int keyspace;
  private final KeyNamespaceForm<K, N> form;
  private final KeyGroupRange keyGroups;
  private final DataInputDeserializer input = new DataInputDeserializer();
  private int keyGroup;
  private EntryPages entries;
  private byte @Nullable [] previousPrefix;
  private @Nullable Position<K, N> next;

  public KeyNamespaceIterator(StateContext<K> context, int keyspace, KeyNamespaceForm<K, N> form) {
    this.context = context;
    this.keyspace = keyspace;
    this.form = form;
    this.keyGroups = context.keyGroups();
    this.keyGroup = keyGroups.getStartKeyGroup();
    this.entries = context.entries(keyspace, keyGroup);
  }

  @Override
  public boolean hasNext() {
    while (next == null) {
      if (entries.hasNext()) {
        StoredEntry entry = entries.next();
        if (previousPrefix == null || !EntryPages.startsWith(entry.key(), previousPrefix)) {
          next = decode(entry);
          previousPrefix = next.prefix();
        }
      } else if (keyGroup < keyGroups.getEndKeyGroup()) {
        keyGroup++;
        entries = context.entries(keyspace, keyGroup);
        previousPrefix = null;
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  public Position<K, N> next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Position<K, N> position = next;
    next = null;
    return position;
  }

  private Position<K, N> decode(StoredEntry entry) {
    try {
      input.setBuffer(entry.key());
      K key = form.readKey(input);
      N namespace = form.readNamespace(input);
      byte[] prefix = Arrays.copyOf(entry.key(), input.getPosition());
      return new Position<>(key, namespace, keyGroup, entry, prefix);
    } catch (IOException e) {
      throw new FlinkRuntimeException("A stored key cannot be deserialized", e);
    }
  }
}
