package io.omendb.state.backend.form;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the keys of one state between the form in which they are stored and another one, most
 * often Flink's canonical one, for savepoints.
 *
 * <p>Entries of one map come in a row, so the prefix {@code key ‖ namespace} is rewritten once for
 * them. What follows it and is not an ordered user key is copied. One thread.
 */
public final class KeyTranscoder<K, N, T> {

  private static final byte[] NO_PREFIX = {};

  /** The same composite in both forms; the user keys are null if they need no rewriting. */
  private final KeyNamespaceForm<K, N> source;

  private final KeyNamespaceForm<K, N> target;
  private final @Nullable KeyPart<T> sourceUserKey;
  private final @Nullable KeyPart<T> targetUserKey;
  private final DataInputDeserializer input = new DataInputDeserializer();
  private byte[] sourcePrefix = NO_PREFIX;
  private byte[] targetPrefix = NO_PREFIX;
  private boolean prefixKnown;

  private KeyTranscoder(
      KeyNamespaceForm<K, N> source,
      KeyNamespaceForm<K, N> target,
      @Nullable KeyPart<T> sourceUserKey,
      @Nullable KeyPart<T> targetUserKey) {
    this.source = source;
    this.target = target;
    this.sourceUserKey = sourceUserKey;
    this.targetUserKey = targetUserKey;
  }

  /** Null if the two forms are the same, as they are for queues. */
  public static @Nullable KeyTranscoder<?, ?, ?> toCanonical(
      KeyPart<?> key, StoredForms forms, RegisteredStateMetaInfoBase metaInfo) {
    return of(key, forms, metaInfo, true);
  }

  /** As {@link #toCanonical}, the other way. */
  public static @Nullable KeyTranscoder<?, ?, ?> fromCanonical(
      KeyPart<?> key, StoredForms forms, RegisteredStateMetaInfoBase metaInfo) {
    return of(key, forms, metaInfo, false);
  }

  private static @Nullable KeyTranscoder<?, ?, ?> of(
      KeyPart<?> key,
      StoredForms forms,
      RegisteredStateMetaInfoBase metaInfo,
      boolean toCanonical) {
    boolean allOpaque = !key.isOrdered() && forms.equals(StoredForms.OPAQUE);
    return !allOpaque && metaInfo instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyValue
        ? of(
            key.duplicate(),
            keyValue.getNamespaceSerializer().duplicate(),
            forms,
            StoredForms.userKeySerializer(keyValue),
            toCanonical)
        : null;
  }

  private static <K, N, T> KeyTranscoder<K, N, T> of(
      KeyPart<K> key,
      TypeSerializer<N> namespaces,
      StoredForms forms,
      @Nullable TypeSerializer<T> userKeys,
      boolean toCanonical) {
    KeyNamespaceForm<K, N> stored =
        KeyNamespaceForm.of(key, KeyPart.of(namespaces, forms.namespace()));
    KeyNamespaceForm<K, N> canonical = KeyNamespaceForm.canonical(key.serializer(), namespaces);
    KeyPart<T> storedUserKey = null;
    KeyPart<T> canonicalUserKey = null;
    if (userKeys != null && !forms.userKey().equals(KeyPart.OPAQUE)) {
      TypeSerializer<T> own = userKeys.duplicate();
      storedUserKey = KeyPart.of(own, forms.userKey());
      canonicalUserKey = KeyPart.opaque(own);
    }
    return toCanonical
        ? new KeyTranscoder<>(stored, canonical, storedUserKey, canonicalUserKey)
        : new KeyTranscoder<>(canonical, stored, canonicalUserKey, storedUserKey);
  }

  /** As the other {@code between}, of one state as two images have it. */
  @SuppressWarnings("unchecked") // a name keeps its types
  public static KeyTranscoder<?, ?, ?> between(
      KeyPart<?> key,
      RegisteredStateMetaInfoBase source,
      StoredForms sourceForms,
      RegisteredStateMetaInfoBase target,
      StoredForms targetForms) {
    var sourceState = (RegisteredKeyValueStateBackendMetaInfo<Object, ?>) source;
    var targetState = (RegisteredKeyValueStateBackendMetaInfo<Object, ?>) target;
    TypeSerializer<?> sourceUserKeys = StoredForms.userKeySerializer(sourceState);
    TypeSerializer<?> targetUserKeys = StoredForms.userKeySerializer(targetState);
    return between(
        key,
        KeyPart.of(sourceState.getNamespaceSerializer(), sourceForms.namespace()),
        KeyPart.of(targetState.getNamespaceSerializer(), targetForms.namespace()),
        sourceUserKeys == null ? null : KeyPart.of(sourceUserKeys, sourceForms.userKey()),
        targetUserKeys == null ? null : KeyPart.of(targetUserKeys, targetForms.userKey()));
  }

  /** Between two stored forms of one state, by serializers that read each other's bytes. */
  @SuppressWarnings("unchecked") // both parts are of the user key's type
  public static <N> KeyTranscoder<?, N, ?> between(
      KeyPart<?> key,
      KeyPart<N> sourceNamespace,
      KeyPart<N> targetNamespace,
      @Nullable KeyPart<?> sourceUserKey,
      @Nullable KeyPart<?> targetUserKey) {
    return betweenNamespaces(
        key,
        sourceNamespace,
        targetNamespace,
        (KeyPart<Object>) sourceUserKey,
        (KeyPart<Object>) targetUserKey);
  }

  private static <K, N, T> KeyTranscoder<K, N, T> betweenNamespaces(
      KeyPart<K> key,
      KeyPart<N> sourceNamespace,
      KeyPart<N> targetNamespace,
      @Nullable KeyPart<T> sourceUserKey,
      @Nullable KeyPart<T> targetUserKey) {
    return new KeyTranscoder<>(
        KeyNamespaceForm.of(key, sourceNamespace),
        KeyNamespaceForm.of(key, targetNamespace),
        sourceUserKey,
        targetUserKey);
  }

  /** Appends the other form of {@code key[from, key.length)}. */
  public void transcode(byte[] key, int from, DataOutputSerializer out) throws IOException {
    int prefixEnd = from + sourcePrefix.length;
    if (!prefixKnown
        || prefixEnd > key.length
        || !Arrays.equals(key, from, prefixEnd, sourcePrefix, 0, sourcePrefix.length)) {
      prefixEnd = transcodePrefix(key, from, out);
    } else {
      out.write(targetPrefix);
    }
    if (sourceUserKey == null || targetUserKey == null) {
      out.write(key, prefixEnd, key.length - prefixEnd);
    } else {
      input.setBuffer(key, prefixEnd, key.length - prefixEnd);
      targetUserKey.write(sourceUserKey.read(input), out);
    }
  }

  private int transcodePrefix(byte[] key, int from, DataOutputSerializer out) throws IOException {
    input.setBuffer(key, from, key.length - from);
    K value = source.readKey(input);
    N namespace = source.readNamespace(input);
    int prefixEnd = input.getPosition();
    int start = out.length();
    target.key().write(value, out);
    target.writeNamespace(out.length() - start, namespace, out);
    sourcePrefix = Arrays.copyOfRange(key, from, prefixEnd);
    targetPrefix = Arrays.copyOfRange(out.getSharedBuffer(), start, out.length());
    prefixKnown = true;
    return prefixEnd;
  }
}
