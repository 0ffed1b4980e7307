package io.omendb.state.backend.form;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;

/**
 * How {@code key ‖ namespace} is stored for one state.
 *
 * <p>Flink follows a key and a namespace that both vary in length by their lengths, so that no two
 * pairs have the same bytes whatever their serializers write. An ordered part needs none, being
 * self-delimiting; an opaque one has it where it has it in Flink's form. Two opaque parts thus are
 * Flink's canonical form, byte for byte.
 *
 * @param keyLength whether the key is followed by its length
 * @param namespaceLength whether the namespace is followed by its length
 */
public record KeyNamespaceForm<K, N>(
    KeyPart<K> key, KeyPart<N> namespace, boolean keyLength, boolean namespaceLength) {

  public static <K, N> KeyNamespaceForm<K, N> of(KeyPart<K> key, KeyPart<N> namespace) {
    boolean ambiguous = !key.isOrdered() && key.isVariable() && namespace.isVariable();
    return new KeyNamespaceForm<>(key, namespace, ambiguous, ambiguous && !namespace.isOrdered());
  }

  static <K, N> KeyNamespaceForm<K, N> canonical(TypeSerializer<K> key, TypeSerializer<N> name) {
    return of(KeyPart.opaque(key), KeyPart.opaque(name));
  }

  /** For another thread. */
  public KeyNamespaceForm<K, N> with(TypeSerializer<K> keys, TypeSerializer<N> namespaces) {
    return new KeyNamespaceForm<>(
        key.with(keys), namespace.with(namespaces), keyLength, namespaceLength);
  }

  public KeyNamespaceForm<K, N> duplicate() {
    return with(key.serializer().duplicate(), namespace.serializer().duplicate());
  }

  boolean isCanonical() {
    return !key.isOrdered() && !namespace.isOrdered();
  }

  /** Appends a namespace to a key that has been written, and is {@code keyBytes} long. */
  void writeNamespace(int keyBytes, N value, DataOutputSerializer out) throws IOException {
    if (keyLength) {
      CompositeKeySerializationUtils.writeVariableIntBytes(keyBytes, out);
    }
    int start = out.length();
    namespace.write(value, out);
    if (namespaceLength) {
      CompositeKeySerializationUtils.writeVariableIntBytes(out.length() - start, out);
    }
  }

  public K readKey(DataInputDeserializer in) throws IOException {
    int start = in.getPosition();
    K value = key.read(in);
    if (keyLength) {
      CompositeKeySerializationUtils.readVariableIntBytes(in, in.getPosition() - start);
    }
    return value;
  }

  public N readNamespace(DataInputDeserializer in) throws IOException {
    int start = in.getPosition();
    N value = namespace.read(in);
    if (namespaceLength) {
      CompositeKeySerializationUtils.readVariableIntBytes(in, in.getPosition() - start);
    }
    return value;
  }
}
