package io.omendb.state.backend.snapshot;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.CollectionStateSnapshotTransformer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.CollectionStateSnapshotTransformer.TransformStrategy;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Turns a filter of a state's elements (Flink's: drop what has expired) into a filter of stored
 * values, for savepoints: as it is for single values, behind the flag byte for map entries, element
 * by element for lists.
 */
public final class CanonicalTransforms {

  private CanonicalTransforms() {}

  @SuppressWarnings("unchecked") // a list state's serializer is a list serializer of its elements
  public static <V, E> StateSnapshotTransformFactory<V> ofState(
      StateDescriptor<?, V> descriptor,
      StateSnapshotTransformFactory<E> elements,
      TypeSerializer<V> serializer) {
    if (descriptor instanceof ListStateDescriptor) {
      TypeSerializer<E> elementSerializer =
          ((ListSerializer<E>) (TypeSerializer<?>) serializer).getElementSerializer();
      return new SerializedOnly<>(
          () ->
              elements
                  .createForDeserializedState()
                  .map(element -> new ListTransformer<>(element, elementSerializer.duplicate())));
    }
    if (descriptor instanceof MapStateDescriptor) {
      return new SerializedOnly<>(
          () -> elements.createForSerializedState().map(CanonicalTransforms::behindFlagByte));
    }
    return new SerializedOnly<>(elements::createForSerializedState);
  }

  private record SerializedOnly<V>(Supplier<Optional<StateSnapshotTransformer<byte[]>>> supplier)
      implements StateSnapshotTransformFactory<V> {
    @Override
    public Optional<StateSnapshotTransformer<V>> createForDeserializedState() {
      throw new UnsupportedOperationException("State is filtered in its serialized form only");
    }

    @Override
    public Optional<StateSnapshotTransformer<byte[]>> createForSerializedState() {
      return supplier.get();
    }
  }

  private static StateSnapshotTransformer<byte[]> behindFlagByte(
      StateSnapshotTransformer<byte[]> element) {
    return stored -> {
      if (stored == null || stored[0] != 0) {
        return stored;
      }
      byte[] value = Arrays.copyOfRange(stored, 1, stored.length);
      byte[] kept = element.filterOrTransform(value);
      if (kept == null || kept == value) {
        return kept == null ? null : stored;
      }
      byte[] flagged = new byte[1 + kept.length];
      System.arraycopy(kept, 0, flagged, 1, kept.length);
      return flagged;
    };
  }

  private static final class ListTransformer<E> implements StateSnapshotTransformer<byte[]> {
    private final StateSnapshotTransformer<E> element;
    private final TypeSerializer<E> serializer;
    private final boolean stopAtFirstKept;
    private final DataInputDeserializer input = new DataInputDeserializer();
    private final ListDelimitedSerializer lists = new ListDelimitedSerializer();

    ListTransformer(StateSnapshotTransformer<E> element, TypeSerializer<E> serializer) {
      this.element = element;
      this.serializer = serializer;
      this.stopAtFirstKept =
          element instanceof CollectionStateSnapshotTransformer<E> collection
              && collection.getFilterStrategy() == TransformStrategy.STOP_ON_FIRST_INCLUDED;
    }

    @Override
    public byte @Nullable [] filterOrTransform(byte @Nullable [] stored) {
      if (stored == null) {
        return null;
      }
      try {
        input.setBuffer(stored);
        List<E> result = new ArrayList<>();
        int start = 0;
        E next = ListDelimitedSerializer.deserializeNextElement(input, serializer);
        while (next != null) {
          E kept = element.filterOrTransform(next);
          if (kept != null && stopAtFirstKept) {
            return Arrays.copyOfRange(stored, start, stored.length);
          }
          if (kept != null) {
            result.add(kept);
          }
          start = input.getPosition();
          next = ListDelimitedSerializer.deserializeNextElement(input, serializer);
        }
        return result.isEmpty() ? null : lists.serializeList(result, serializer);
      } catch (IOException e) {
        throw new FlinkRuntimeException("A stored list cannot be filtered", e);
      }
    }
  }
}
