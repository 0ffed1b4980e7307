package io.omendb.state.backend.state;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.key.OrderedEncodings;
import io.omendb.state.store.ValueBuffer;
import java.io.IOException;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Map state: one store entry per user key, behind the prefix {@code key ‖ namespace}, in the order
 * of the user keys if their type has one, else of their serialized form; values have a flag byte
 * before them (1: null).
 *
 * <p>Long, because all ways into one map (by key, by iteration, in order, for Flink's clean-up and
 * queries) share how its entries are written and read.
 */
public final class LearnedMapState<K, N, UK, UV> extends AbstractLearnedState<K, N, Map<UK, UV>>
    implements InternalMapState<K, N, UK, UV>, OrderedMapState<UK, UV> {

  private KeyPart<UK> userKeys;
  private TypeSerializer<UV> userValueSerializer;
  private final DataOutputSerializer userKeyOutput = new DataOutputSerializer(64);
  private final DataInputDeserializer userKeyInput = new DataInputDeserializer();

  public LearnedMapState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, Map<UK, UV>> metaInfo) {
    super(context, keySerializer, keyspace, metaInfo);
    this.userKeys = userKeysOf(mapSerializer());
    this.userValueSerializer = mapSerializer().getValueSerializer();
  }

  @Override
  public void configure(
      StateDescriptor<?, Map<UK, UV>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, Map<UK, UV>> metaInfo) {
    super.configure(descriptor, metaInfo);
    userKeys = userKeysOf(mapSerializer());
    userValueSerializer = mapSerializer().getValueSerializer();
  }

  private KeyPart<UK> userKeysOf(MapSerializer<UK, UV> serializer) {
    return KeyPart.of(serializer.getKeySerializer(), context.forms(keyspace).userKey());
  }

  private MapSerializer<UK, UV> mapSerializer() {
    return (MapSerializer<UK, UV>) valueSerializer;
  }

  @Override
  public @Nullable UV get(UK userKey) {
    selectCurrent(userKey, userKeys);
    ValueBuffer read = context.readCurrent(keyspace);
    return read == null ? null : deserializeNullable(read, userValueSerializer);
  }

  @Override
  public void put(UK userKey, @Nullable UV userValue) {
    selectCurrent(userKey, userKeys);
    writeSelectedNullable(userValue, userValueSerializer);
  }

  @Override
  public void putAll(@Nullable Map<UK, UV> values) {
    if (values != null) {
      values.forEach(this::put);
    }
  }

  @Override
  public void remove(UK userKey) {
    selectCurrent(userKey, userKeys);
    context.deleteCurrent(keyspace);
  }

  @Override
  public boolean contains(UK userKey) {
    selectCurrent(userKey, userKeys);
    return context.readCurrent(keyspace) != null;
  }

  @Override
  public boolean isEmpty() {
    byte[] prefix = currentKey();
    return context.first(keyspace, context.currentKeyGroup(), prefix, end(prefix, null)) == null;
  }

  @Override
  public void clear() {
    int keyGroup = context.currentKeyGroup();
    replaceValue(keyGroup, currentKey(), null);
  }

  @Override
  public Iterable<Map.Entry<UK, UV>> entries() {
    Iterable<Entry> entries = capture();
    return () -> new Entries<>(entries.iterator(), entry -> entry);
  }

  @Override
  public Iterator<Map.Entry<UK, UV>> iterator() {
    return iterate(entry -> entry);
  }

  @Override
  public Iterable<UK> keys() {
    Iterable<Entry> entries = capture();
    return () -> new Entries<>(entries.iterator(), Entry::getKey);
  }

  @Override
  public Iterable<UV> values() {
    Iterable<Entry> entries = capture();
    return () -> new Entries<>(entries.iterator(), Entry::getValue);
  }

  private <T> Iterator<T> iterate(Function<Entry, T> view) {
    return new Entries<>(capture().iterator(), view);
  }

  /** The entries of the key and namespace of now, whatever is selected when they are read. */
  private Iterable<Entry> capture() {
    byte[] prefix = currentKey();
    int keyGroup = context.currentKeyGroup();
    return () -> wrapped(context.entries(keyspace, keyGroup, prefix), keyGroup, prefix.length);
  }

  private Iterator<Entry> wrapped(EntryPages pages, int keyGroup, int userKeyOffset) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return pages.hasNext();
      }

      @Override
      public Entry next() {
        return new Entry(keyGroup, userKeyOffset, pages.next());
      }
    };
  }

  /** An iterator over entries or a part of each, which removes from the state. */
  private final class Entries<T> implements Iterator<T> {
    private final Iterator<Entry> entries;
    private final Function<Entry, T> view;
    private @Nullable Entry current;

    Entries(Iterator<Entry> entries, Function<Entry, T> view) {
      this.entries = entries;
      this.view = view;
    }

    @Override
    public boolean hasNext() {
      return entries.hasNext();
    }

    @Override
    public T next() {
      current = entries.next();
      return view.apply(current);
    }

    @Override
    public void remove() {
      if (current == null) {
        throw new IllegalStateException("remove() must follow next(), once");
      }
      current.remove();
      current = null;
    }
  }

  /** One entry, decoded when asked; writes through. */
  private final class Entry implements Map.Entry<UK, UV> {
    private final int keyGroup;
    private final int userKeyOffset;
    private final byte[] key;
    private byte[] value;
    private boolean removed;

    Entry(int keyGroup, int userKeyOffset, StoredEntry stored) {
      this.keyGroup = keyGroup;
      this.userKeyOffset = userKeyOffset;
      this.key = stored.key();
      this.value = stored.value();
    }

    void remove() {
      removed = true;
      context.delete(keyspace, keyGroup, key);
    }

    @Override
    public UK getKey() {
      return readUserKey(key, userKeyOffset);
    }

    @Override
    @SuppressWarnings("NullAway") // map states hold null values; Map.Entry has no way to say so
    public UV getValue() {
      return removed ? null : deserializeNullable(value, userValueSerializer);
    }

    @Override
    public UV setValue(UV newValue) {
      if (removed) {
        throw new IllegalStateException("The entry has been removed");
      }
      UV former = getValue();
      value = serializeNullable(newValue, userValueSerializer);
      context.put(keyspace, keyGroup, key, value);
      return former;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Map.Entry<?, ?> entry && toSimple().equals(entry);
    }

    @Override
    public int hashCode() {
      return toSimple().hashCode();
    }

    @Override
    public String toString() {
      return toSimple().toString();
    }

    private Map.Entry<UK, UV> toSimple() {
      return new AbstractMap.SimpleEntry<>(getKey(), getValue());
    }
  }

  @Override
  @SuppressWarnings("unchecked") // a map state's serializers are map serializers
  void migrateValue(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<Map<UK, UV>, ?> former,
      TtlAwareSerializer<Map<UK, UV>, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException {
    TtlAwareSerializer<UV, ?> formerValue =
        ((TtlAwareSerializer.TtlAwareMapSerializer<UK, UV>) (TtlAwareSerializer<?, ?>) former)
            .getValueSerializer();
    TtlAwareSerializer<UV, ?> presentValue =
        ((TtlAwareSerializer.TtlAwareMapSerializer<UK, UV>) (TtlAwareSerializer<?, ?>) present)
            .getValueSerializer();
    boolean isNull = source.readBoolean();
    target.writeBoolean(isNull);
    if (!isNull) {
      presentValue.migrateValueFromPriorSerializer(
          formerValue, () -> formerValue.deserialize(source), target, ttlTimeProvider);
    }
  }

  @Override
  byte @Nullable [] serializedValue(
      int keyGroup, byte[] prefix, TypeSerializer<Map<UK, UV>> safeValueSerializer)
      throws IOException {
    MapSerializer<UK, UV> serializer = (MapSerializer<UK, UV>) safeValueSerializer;
    KeyPart<UK> safeUserKeys = userKeys.with(serializer.getKeySerializer());
    Map<UK, UV> values = new HashMap<>();
    DataInputDeserializer in = new DataInputDeserializer();
    EntryPages pages = context.entries(keyspace, keyGroup, prefix);
    while (pages.hasNext()) {
      StoredEntry entry = pages.next();
      in.setBuffer(entry.key(), prefix.length, entry.key().length - prefix.length);
      UK userKey = safeUserKeys.read(in);
      in.setBuffer(entry.value());
      values.put(
          userKey, in.readBoolean() ? null : serializer.getValueSerializer().deserialize(in));
    }
    return values.isEmpty()
        ? null
        : KvStateSerializer.serializeMap(
            values.entrySet(), serializer.getKeySerializer(), serializer.getValueSerializer());
  }

  @Override
  Map<UK, UV> valueOf(StoredEntry first, byte[] prefix, int keyGroup) {
    Map<UK, UV> values = new HashMap<>();
    EntryPages pages = context.entries(keyspace, keyGroup, prefix);
    while (pages.hasNext()) {
      StoredEntry entry = pages.next();
      values.put(
          readUserKey(entry.key(), prefix.length),
          deserializeNullable(entry.value(), userValueSerializer));
    }
    return values;
  }

  @Override
  void replaceValue(int keyGroup, byte[] prefix, @Nullable Map<UK, UV> values) {
    EntryPages pages = context.entries(keyspace, keyGroup, prefix);
    while (pages.hasNext()) {
      byte[] key = pages.next().key();
      UK userKey = readUserKey(key, prefix.length);
      if (values == null || !values.containsKey(userKey)) {
        context.delete(keyspace, keyGroup, key);
      }
    }
    if (values != null) {
      values.forEach(
          (userKey, userValue) ->
              context.put(
                  keyspace,
                  keyGroup,
                  withUserKey(prefix, userKey),
                  serializeNullable(userValue, userValueSerializer)));
    }
  }

  private byte[] withUserKey(byte[] prefix, UK userKey) {
    try {
      userKeyOutput.clear();
      userKeyOutput.write(prefix);
      userKeys.write(userKey, userKeyOutput);
      return userKeyOutput.getCopyOfBuffer();
    } catch (IOException e) {
      throw new FlinkRuntimeException("The user key cannot be serialized", e);
    }
  }

  private UK readUserKey(byte[] key, int offset) {
    try {
      userKeyInput.setBuffer(key, offset, key.length - offset);
      return userKeys.read(userKeyInput);
    } catch (IOException e) {
      throw new FlinkRuntimeException("A stored user key cannot be deserialized", e);
    }
  }

  // Ordered access.

  @Override
  public boolean isOrdered() {
    return userKeys.isOrdered();
  }

  @Override
  public Iterable<Map.Entry<UK, UV>> range(@Nullable UK from, @Nullable UK toExclusive) {
    checkOrdered();
    byte[] prefix = currentKey();
    byte[] start = from == null ? prefix : withUserKey(prefix, from);
    byte[] end = end(prefix, toExclusive);
    int keyGroup = context.currentKeyGroup();
    if (end != null && Arrays.compareUnsigned(start, end) >= 0) {
      return List.of();
    }
    return () ->
        new Entries<>(
            wrapped(context.entries(keyspace, keyGroup, start, end), keyGroup, prefix.length),
            entry -> entry);
  }

  @Override
  public Map.@Nullable Entry<UK, UV> first(@Nullable UK from) {
    checkOrdered();
    byte[] prefix = currentKey();
    int keyGroup = context.currentKeyGroup();
    StoredEntry first =
        context.first(
            keyspace,
            keyGroup,
            from == null ? prefix : withUserKey(prefix, from),
            end(prefix, null));
    return first == null ? null : new Entry(keyGroup, prefix.length, first);
  }

  private byte @Nullable [] end(byte[] prefix, @Nullable UK toExclusive) {
    return toExclusive == null
        ? EntryPages.successorOfPrefix(prefix)
        : withUserKey(prefix, toExclusive);
  }

  private void checkOrdered() {
    if (!userKeys.isOrdered()) {
      throw new UnsupportedOperationException(
          OrderedEncodings.of(userKeys.serializer()) == null
              ? "There is no order of the user keys that "
                  + userKeys.serializer()
                  + " serializes: their bytes alone say nothing of it."
              : "The user keys of this state are stored as "
                  + userKeys.serializer()
                  + " writes them, which is not in order; a canonical savepoint that is restored"
                  + " stores them in order.");
    }
  }
}
