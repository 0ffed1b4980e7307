package io.omendb.state.backend;

import java.io.IOException;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.StateMigrationException;

/**
 * Takes a restored state over to the serializers that the job registers now: values may migrate
 * (they are rewritten at once), keys, namespaces and user keys of maps may not.
 */
final class StateMigration {

  private StateMigration() {}

  /** Rewrites all values of a state. */
  interface Rewrite<V> {
    void run(TtlAwareSerializer<V, ?> former, TtlAwareSerializer<V, ?> present)
        throws StateMigrationException;
  }

  static <N, V> void update(
      RegisteredKeyValueStateBackendMetaInfo<N, V> restored,
      StoredForms forms,
      StateDescriptor<?, V> descriptor,
      TypeSerializer<N> namespaceSerializer,
      Rewrite<V> rewrite)
      throws StateMigrationException {
    // Taken before the update: once found incompatible, a former serializer cannot be named.
    TypeSerializer<N> formerNamespace = restored.getNamespaceSerializer();
    TypeSerializerSchemaCompatibility<N> namespace =
        restored.updateNamespaceSerializer(namespaceSerializer);
    if (namespace.isCompatibleAfterMigration() || namespace.isIncompatible()) {
      throw new StateMigrationException(
          "The new namespace serializer ("
              + namespaceSerializer
              + ") must be compatible with the old namespace serializer ("
              + formerNamespace
              + ").");
    }
    restored.checkStateMetaInfo(descriptor);
    TypeSerializer<V> former = restored.getStateSerializer();
    TypeSerializer<V> present = descriptor.getSerializer();
    TypeSerializerSchemaCompatibility<V> value = restored.updateStateSerializer(present);
    if (value.isIncompatible()) {
      throw new StateMigrationException(
          "The new state serializer ("
              + present
              + ") must not be incompatible with the old state serializer ("
              + former
              + ").");
    }
    checkForms(restored, forms);
    if (value.isCompatibleAfterMigration()) {
      checkMapKeys(restored);
      rewrite.run(
          ttlAware(restored.getPreviousStateSerializer()), ttlAware(restored.getStateSerializer()));
    }
  }

  /**
   * A serializer may say that it reads what another one wrote, but ordered bytes are no
   * serializer's.
   */
  private static void checkForms(
      RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo, StoredForms forms)
      throws StateMigrationException {
    checkForm("namespaces", metaInfo.getNamespaceSerializer(), forms.namespace(), metaInfo);
    TypeSerializer<?> userKeys = StoredForms.userKeySerializer(metaInfo);
    if (userKeys != null) {
      checkForm("user keys", userKeys, forms.userKey(), metaInfo);
    }
  }

  private static void checkForm(
      String what,
      TypeSerializer<?> serializer,
      String form,
      RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo)
      throws StateMigrationException {
    if (!KeyPart.fits(serializer, form)) {
      throw new StateMigrationException(
          "The "
              + what
              + " of state "
              + metaInfo.getName()
              + " are stored in the ordered form "
              + form
              + ", which is not that of the new serializer ("
              + serializer
              + ").");
    }
  }

  private static <V> void checkMapKeys(RegisteredKeyValueStateBackendMetaInfo<?, V> metaInfo)
      throws StateMigrationException {
    if (metaInfo.getStateSerializer() instanceof MapSerializer<?, ?> present
        && metaInfo.getPreviousStateSerializerSnapshot()
            instanceof MapSerializerSnapshot<?, ?> former
        && !isCompatibleAsIs(present.getKeySerializer(), former.getKeySerializerSnapshot())) {
      throw new StateMigrationException(
          "The new serializer for a MapState requires state migration in order for the job to"
              + " proceed, since the key schema has changed. However, migration for MapState"
              + " currently only allows value schema evolutions.");
    }
  }

  @SuppressWarnings("unchecked") // both are of the user key's type
  private static <T> boolean isCompatibleAsIs(
      TypeSerializer<T> present, TypeSerializerSnapshot<?> former) {
    return present
        .snapshotConfiguration()
        .resolveSchemaCompatibility((TypeSerializerSnapshot<T>) former)
        .isCompatibleAsIs();
  }

  @SuppressWarnings("unchecked") // wrapping keeps the type
  private static <V> TtlAwareSerializer<V, ?> ttlAware(TypeSerializer<V> serializer) {
    return (TtlAwareSerializer<V, ?>) TtlAwareSerializer.wrapTtlAwareSerializer(serializer);
  }

  /** Rewrites the values of {@code state}, entry by entry. */
  static <K, N, V> void rewriteValues(
      AbstractLearnedState<K, N, V> state,
      TtlAwareSerializer<V, ?> former,
      TtlAwareSerializer<V, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws StateMigrationException {
    DataInputDeserializer input = new DataInputDeserializer();
    DataOutputSerializer output = new DataOutputSerializer(128);
    StateContext<K> context = state.context;
    try {
      for (int keyGroup : context.keyGroups()) {
        EntryPages entries = context.entries(state.keyspace, keyGroup);
        while (entries.hasNext()) {
          StoredEntry entry = entries.next();
          input.setBuffer(entry.value());
          output.clear();
          state.migrateValue(input, output, former, present, ttlTimeProvider);
          context.put(state.keyspace, keyGroup, entry.key(), output.getCopyOfBuffer());
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new StateMigrationException("Error while trying to migrate state.", e);
    }
  }
}
