package io.omendb.state.backend;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Builds Flink's canonical composite {@code key ‖ namespace ‖ user key}, without the key-group
 * prefix, in one reused array. The key is serialized when it is selected, what follows when it is
 * asked for; where key and namespace are both of variable length, each is followed by its length,
 * so that no two composites are equal. Task thread.
 */
final class CompositeKey<K> {

  private static final int INITIAL_BYTES = 128;

  private final TypeSerializer<K> keySerializer;
  private final boolean keyIsVariable;
  private final DataOutputSerializer output = new DataOutputSerializer(INITIAL_BYTES);
  private int keyLength;

  CompositeKey(TypeSerializer<K> keySerializer) {
    this.keySerializer = keySerializer;
    this.keyIsVariable =
        CompositeKeySerializationUtils.isSerializerTypeVariableSized(keySerializer);
  }

  void select(K key) {
    try {
      output.clear();
      keySerializer.serialize(key, output);
      keyLength = output.length();
    } catch (IOException e) {
      throw new FlinkRuntimeException("The key cannot be serialized", e);
    }
  }

  /** Appends a namespace to the selected key; the result is {@link #bytes()}. */
  <N> void with(N namespace, TypeSerializer<N> namespaceSerializer) {
    if (keyLength == 0) {
      throw new IllegalStateException("No key has been set");
    }
    try {
      output.setPosition(keyLength);
      boolean ambiguous =
          keyIsVariable
              && CompositeKeySerializationUtils.isSerializerTypeVariableSized(namespaceSerializer);
      if (ambiguous) {
        CompositeKeySerializationUtils.writeVariableIntBytes(keyLength, output);
      }
      CompositeKeySerializationUtils.writeNameSpace(
          namespace, namespaceSerializer, output, ambiguous);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The namespace cannot be serialized", e);
    }
  }

  /** Appends a namespace and a user key. */
  <N, T> void with(
      N namespace,
      TypeSerializer<N> namespaceSerializer,
      T userKey,
      TypeSerializer<T> userKeySerializer) {
    with(namespace, namespaceSerializer);
    try {
      userKeySerializer.serialize(userKey, output);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The user key cannot be serialized", e);
    }
  }

  /** The composite is {@code bytes()[0, length())} until something is appended anew. */
  byte[] bytes() {
    return output.getSharedBuffer();
  }

  int length() {
    return output.length();
  }

  byte[] copy() {
    return Arrays.copyOf(output.getSharedBuffer(), output.length());
  }
}
