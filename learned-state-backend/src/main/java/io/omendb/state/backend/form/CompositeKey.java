package io.omendb.state.backend.form;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Builds the stored composite {@code key ‖ namespace ‖ user key} in one reused array. The key is
 * written when it is selected, what follows when it is asked for. Each part is in the order of its
 * type or as Flink's serializer writes it ({@link KeyPart}), and no composite is equal to another
 * ({@link KeyNamespaceForm}). One thread.
 */
public final class CompositeKey<K> {

  private static final int INITIAL_BYTES = 128;
  private static final int NO_KEY = -1;

  private final KeyPart<K> keys;
  private final DataOutputSerializer output = new DataOutputSerializer(INITIAL_BYTES);
  private int keyLength = NO_KEY;

  public CompositeKey(KeyPart<K> keys) {
    this.keys = keys;
  }

  public void select(K key) {
    try {
      output.clear();
      keyLength = NO_KEY;
      keys.write(key, output);
      keyLength = output.length();
    } catch (IOException e) {
      throw new FlinkRuntimeException("The key cannot be serialized", e);
    }
  }

  /** Appends a namespace to the selected key; the result is {@link #bytes()}. */
  public <N> void with(N namespace, KeyNamespaceForm<K, N> form) {
    if (keyLength == NO_KEY) {
      throw new IllegalStateException("No key has been set");
    }
    try {
      output.setPosition(keyLength);
      form.writeNamespace(keyLength, namespace, output);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The namespace cannot be serialized", e);
    }
  }

  /** Appends a namespace and a user key. */
  public <N, T> void with(
      N namespace, KeyNamespaceForm<K, N> form, T userKey, KeyPart<T> userKeys) {
    with(namespace, form);
    try {
      userKeys.write(userKey, output);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The user key cannot be serialized", e);
    }
  }

  /** The composite is {@code bytes()[0, length())} until something is appended anew. */
  public byte[] bytes() {
    return output.getSharedBuffer();
  }

  public int length() {
    return output.length();
  }

  public byte[] copy() {
    return Arrays.copyOf(output.getSharedBuffer(), output.length());
  }
}
