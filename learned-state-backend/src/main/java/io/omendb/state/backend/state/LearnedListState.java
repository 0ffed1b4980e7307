package io.omendb.state.backend.state;

import io.omendb.state.backend.form.ListChunks;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.store.ValueBuffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * List state, in a form in which appending does not rewrite the list: a head with the newest
 * elements, which is rewritten at each append, and behind it chunks, which are not.
 *
 * <pre>
 * entry  keyspace                             key                       value
 * head   the state's                          key ‖ namespace           4 bytes chunk count n, elements
 * chunk  {@link ListChunks#keyspaceOf} of it  key ‖ namespace ‖ 4 bytes index  elements
 * </pre>
 *
 * <p>Integers are big-endian. <em>Elements</em> are serialized elements with a comma byte between
 * them, Flink's canonical form of a list (with TTL each begins with its time stamp, as Flink's
 * serializer writes it). The list is the elements of the chunks 0 … n−1, then those of the head.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A list exists if and only if its head does, and a head has at least one element, unless a
 *       filter has taken them out: elements become a chunk only when others follow.
 *   <li>The head's elements become a chunk, before an append, once they have reached {@link
 *       ListChunks#CHUNK_BYTES}. So an append writes at most that much beside what it appends, and
 *       every byte once more when its chunk is made. A chunk is larger if an element is, or if a
 *       savepoint has brought a list in one piece; merging namespaces can leave smaller ones, at
 *       most as many as others.
 *   <li>Chunks that no head counts are nothing: they are not read, and who makes a chunk of that
 *       index overwrites them.
 *   <li>A chunk that is missing, and elements that have been taken out of a chunk or of a head
 *       (expired ones, by a filter that sees one entry at a time), are simply not in the list. Such
 *       a filter must keep a head that counts chunks, though it have no elements left.
 * </ol>
 */
public final class LearnedListState<K, N, V> extends AbstractLearnedState<K, N, List<V>>
    implements InternalListState<K, N, V> {

  private static final int UNTORN_READ_ATTEMPTS_MAX = 10_000;
  private static final long UNTORN_READ_WAIT_NANOS = 10_000;

  private final int chunkKeyspace;
  private final DataInputDeserializer input = new DataInputDeserializer();

  /** The head that is being made, the number of chunks it counts, and the last of them. */
  private final DataOutputSerializer head = new DataOutputSerializer(128);

  private int chunkCount;
  private final List<byte[]> unwrittenChunks = new ArrayList<>();

  /** Odd while chunks that a head counts are replaced or removed. Appending leaves them alone. */
  private volatile long rewrites;

  private TypeSerializer<V> elementSerializer;

  public LearnedListState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, List<V>> metaInfo) {
    super(context, keySerializer, keyspace, metaInfo);
    this.chunkKeyspace = ListChunks.keyspaceOf(keyspace);
    this.elementSerializer = elementSerializer();
    context.store().readByKey(chunkKeyspace);
  }

  @Override
  public void configure(
      StateDescriptor<?, List<V>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, List<V>> metaInfo) {
    super.configure(descriptor, metaInfo);
    elementSerializer = elementSerializer();
  }

  private TypeSerializer<V> elementSerializer() {
    return ((ListSerializer<V>) valueSerializer).getElementSerializer();
  }

  // ---------------------------------------------------------------- reading

  @Override
  public @Nullable Iterable<V> get() {
    return getInternal();
  }

  @Override
  public @Nullable List<V> getInternal() {
    byte[] key = currentKey();
    ValueBuffer read = context.readCurrent(keyspace);
    if (read == null) {
      return null;
    }
    List<V> elements = decode(context.currentKeyGroup(), key, read.bytes(), read.length());
    return elements.isEmpty() ? null : elements;
  }

  private List<V> decode(int keyGroup, byte[] key, byte[] headBytes, int headLength) {
    List<V> elements = new ArrayList<>();
    int chunks = ListChunks.count(headBytes);
    for (int i = 0; i < chunks; i++) {
      byte[] chunk = context.get(chunkKeyspace, keyGroup, ListChunks.key(key, i));
      if (chunk != null) {
        decode(chunk, 0, chunk.length, elements);
      }
    }
    decode(headBytes, ListChunks.HEADER_BYTES, headLength, elements);
    return elements;
  }

  private void decode(byte[] bytes, int from, int to, List<V> target) {
    try {
      input.setBuffer(bytes, from, to - from);
      V element = ListDelimitedSerializer.deserializeNextElement(input, elementSerializer);
      while (element != null) {
        target.add(element);
        element = ListDelimitedSerializer.deserializeNextElement(input, elementSerializer);
      }
    } catch (IOException e) {
      throw new FlinkRuntimeException("The list state cannot be deserialized", e);
    }
  }

  @Override
  byte @Nullable [] serializedValue(
      int keyGroup, byte[] key, TypeSerializer<List<V>> safeValueSerializer) throws IOException {
    for (int i = 0; i < UNTORN_READ_ATTEMPTS_MAX; i++) {
      long before = rewrites;
      byte[] read = context.get(keyspace, keyGroup, key);
      if (read == null) {
        return null;
      }
      byte[] list =
          ListChunks.canonical(context.store(), keyspace, keyGroup, key, read, context.sequence());
      if (before % 2 == 0 && before == rewrites) {
        return list;
      }
      LockSupport.parkNanos(UNTORN_READ_WAIT_NANOS);
    }
    throw new IOException("The list is being rewritten faster than it can be read");
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void add(V value) {
    byte[] key = currentKey();
    continueHead(context.readCurrent(keyspace));
    append(value);
    writeChunks(context.currentKeyGroup(), key);
    context.writeCurrent(keyspace, head.getSharedBuffer(), head.length());
  }

  @Override
  public void addAll(List<V> values) {
    Objects.requireNonNull(values, "List of values to add cannot be null.");
    if (!values.isEmpty()) {
      byte[] key = currentKey();
      continueHead(context.readCurrent(keyspace));
      values.forEach(this::append);
      writeChunks(context.currentKeyGroup(), key);
      context.writeCurrent(keyspace, head.getSharedBuffer(), head.length());
    }
  }

  @Override
  public void update(List<V> values) {
    updateInternal(values);
  }

  @Override
  public void updateInternal(List<V> values) {
    Objects.requireNonNull(values, "List of values to add cannot be null.");
    replaceValue(context.currentKeyGroup(), currentKey(), values);
  }

  @Override
  public void clear() {
    replaceValue(context.currentKeyGroup(), currentKey(), null);
  }

  @Override
  void replaceValue(int keyGroup, byte[] key, @Nullable List<V> values) {
    // What cannot be serialized must leave the list as it is: serialized first, then written.
    startHead(0);
    if (values != null) {
      values.forEach(this::append);
    }
    byte[] former = context.get(keyspace, keyGroup, key);
    beginRewrite();
    writeChunks(keyGroup, key);
    if (head.length() > ListChunks.HEADER_BYTES) {
      context.put(keyspace, keyGroup, key, head.getCopyOfBuffer());
    } else if (former != null) {
      context.delete(keyspace, keyGroup, key);
    }
    deleteChunks(keyGroup, key, chunkCount, former == null ? 0 : ListChunks.count(former));
    endRewrite();
  }

  /** Moves the chunks and heads of the sources as they are. */
  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) {
    if (sources == null || sources.isEmpty()) {
      return;
    }
    int keyGroup = context.currentKeyGroup();
    setCurrentNamespace(target);
    byte[] targetKey = currentKey();
    continueHead(context.readCurrent(keyspace));
    boolean changed = false;
    beginRewrite();
    for (N source : sources) {
      if (source == null) {
        continue;
      }
      setCurrentNamespace(source);
      byte[] sourceKey = currentKey();
      byte[] sourceHead = context.get(keyspace, keyGroup, sourceKey);
      if (sourceHead != null && !Arrays.equals(sourceKey, targetKey)) {
        appendList(keyGroup, targetKey, sourceKey, sourceHead);
        context.delete(keyspace, keyGroup, sourceKey);
        deleteChunks(keyGroup, sourceKey, 0, ListChunks.count(sourceHead));
        changed = true;
      }
    }
    if (changed) {
      context.put(keyspace, keyGroup, targetKey, head.getCopyOfBuffer());
    }
    endRewrite();
    setCurrentNamespace(target);
  }

  private void appendList(int keyGroup, byte[] targetKey, byte[] sourceKey, byte[] sourceHead) {
    int sourceCount = ListChunks.count(sourceHead);
    if (sourceCount > 0 && head.length() > ListChunks.HEADER_BYTES) {
      makeChunk();
    }
    for (int i = 0; i < sourceCount; i++) {
      byte[] chunk = context.get(chunkKeyspace, keyGroup, ListChunks.key(sourceKey, i));
      if (chunk != null) {
        addChunk(chunk);
        writeChunks(keyGroup, targetKey);
      }
    }
    int elementBytes = sourceHead.length - ListChunks.HEADER_BYTES;
    if (elementBytes > 0) {
      makeRoom();
      writeToHead(sourceHead, elementBytes);
    }
    writeChunks(keyGroup, targetKey);
  }

  private void append(V value) {
    Objects.requireNonNull(value, "You cannot add null to a ListState.");
    try {
      makeRoom();
      elementSerializer.serialize(value, head);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The list state cannot be serialized", e);
    }
  }

  private void continueHead(@Nullable ValueBuffer former) {
    startHead(former == null ? 0 : ListChunks.count(former.bytes()));
    if (former != null) {
      writeToHead(former.bytes(), former.length() - ListChunks.HEADER_BYTES);
    }
  }

  private void startHead(int chunks) {
    chunkCount = chunks;
    unwrittenChunks.clear();
    restartHead();
  }

  /** Empties the head of elements. */
  private void restartHead() {
    try {
      head.clear();
      head.writeInt(chunkCount);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The list state cannot be serialized", e);
    }
  }

  /** Adds the elements of another head. */
  private void writeToHead(byte[] otherHead, int elementBytes) {
    try {
      head.write(otherHead, ListChunks.HEADER_BYTES, elementBytes);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The list state cannot be serialized", e);
    }
  }

  /** Makes the head ready for more elements. */
  private void makeRoom() {
    int elementBytes = head.length() - ListChunks.HEADER_BYTES;
    if (elementBytes >= ListChunks.CHUNK_BYTES) {
      makeChunk();
    } else if (elementBytes > 0) {
      try {
        head.writeByte(ListChunks.DELIMITER);
      } catch (IOException e) {
        throw new FlinkRuntimeException("The list state cannot be serialized", e);
      }
    }
  }

  /** Makes a chunk of the head's elements. */
  private void makeChunk() {
    addChunk(Arrays.copyOfRange(head.getSharedBuffer(), ListChunks.HEADER_BYTES, head.length()));
  }

  /** Adds a chunk behind the others; the head has no elements then. */
  private void addChunk(byte[] elements) {
    unwrittenChunks.add(elements);
    chunkCount = Math.addExact(chunkCount, 1);
    restartHead();
  }

  private void writeChunks(int keyGroup, byte[] key) {
    int index = chunkCount - unwrittenChunks.size();
    for (byte[] chunk : unwrittenChunks) {
      context.put(chunkKeyspace, keyGroup, ListChunks.key(key, index++), chunk);
    }
    unwrittenChunks.clear();
  }

  private void deleteChunks(int keyGroup, byte[] key, int from, int toExclusive) {
    for (int i = from; i < toExclusive; i++) {
      context.delete(chunkKeyspace, keyGroup, ListChunks.key(key, i));
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // the task thread is the only writer
  private void beginRewrite() {
    rewrites++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // the task thread is the only writer
  private void endRewrite() {
    rewrites++;
  }

  // ---------------------------------------------------------------- migration, visits

  @Override
  void migrateValue(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<List<V>, ?> former,
      TtlAwareSerializer<List<V>, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException {
    target.writeInt(source.readInt());
    migrateElements(source, target, former, present, ttlTimeProvider);
  }

  @Override
  public int furtherKeyspace() {
    return chunkKeyspace;
  }

  @Override
  void migrateFurtherValue(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<List<V>, ?> former,
      TtlAwareSerializer<List<V>, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException {
    migrateElements(source, target, former, present, ttlTimeProvider);
  }

  @SuppressWarnings("unchecked") // a list state's serializers are list serializers
  private void migrateElements(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<List<V>, ?> former,
      TtlAwareSerializer<List<V>, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException {
    TtlAwareSerializer<V, ?> formerElement =
        ((TtlAwareSerializer.TtlAwareListSerializer<V>) (TtlAwareSerializer<?, ?>) former)
            .getElementSerializer();
    TtlAwareSerializer<V, ?> presentElement =
        ((TtlAwareSerializer.TtlAwareListSerializer<V>) (TtlAwareSerializer<?, ?>) present)
            .getElementSerializer();
    while (source.available() > 0) {
      presentElement.migrateValueFromPriorSerializer(
          formerElement,
          () -> ListDelimitedSerializer.deserializeNextElement(source, formerElement),
          target,
          ttlTimeProvider);
      if (source.available() > 0) {
        target.write(ListChunks.DELIMITER);
      }
    }
  }

  @Override
  List<V> valueOf(StoredEntry first, byte[] prefix, int keyGroup) {
    return decode(keyGroup, prefix, first.value(), first.value().length);
  }
}
