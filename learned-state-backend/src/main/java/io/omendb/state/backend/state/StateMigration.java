package io.omendb.state.backend.state;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.KeyTranscoder;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.backend.form.StoredForms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
import org.jspecify.annotations.Nullable;

/**
 * Takes a restored state over to the serializers that the job registers now: values may migrate
 * (they are rewritten at once), keys, namespaces and user keys of maps may not. Namespaces and user
 * keys whose serializer was replaced by a compatible one are rewritten if they are stored in order,
 * and the new serializer's type is not known to have that order.
 */
public final class StateMigration {

  private StateMigration() {}

  /** Rewrites all values of a state. */
  public interface Rewrite<V> {
    void run(TtlAwareSerializer<V, ?> former, TtlAwareSerializer<V, ?> present)
        throws StateMigrationException;
  }

  /** Rewrites all keys of a state, which are stored in other forms from then on. */
  public interface RewriteKeys {
    void run(KeyTranscoder<?, ?, ?> keys, StoredForms newForms) throws StateMigrationException;
  }

  public static <N, V> void update(
      RegisteredKeyValueStateBackendMetaInfo<N, V> restored,
      KeyPart<?> key,
      StoredForms forms,
      RewriteKeys rewriteKeys,
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
    TypeSerializer<?> formerUserKeys = StoredForms.userKeySerializer(restored);
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
    checkMapKeys(value, restored);
    rewriteKeysIfNeeded(key, forms, formerNamespace, formerUserKeys, restored, rewriteKeys);
    if (value.isCompatibleAfterMigration()) {
      rewrite.run(
          ttlAware(restored.getPreviousStateSerializer()), ttlAware(restored.getStateSerializer()));
    }
  }

  /**
   * A serializer may say that it reads what another one wrote, but ordered bytes are no
   * serializer's: where the new one has not their form, keys are rewritten.
   */
  private static <N> void rewriteKeysIfNeeded(
      KeyPart<?> key,
      StoredForms forms,
      TypeSerializer<N> formerNamespaces,
      @Nullable TypeSerializer<?> formerUserKeys,
      RegisteredKeyValueStateBackendMetaInfo<N, ?> present,
      RewriteKeys rewriteKeys)
      throws StateMigrationException {
    TypeSerializer<N> namespaces = present.getNamespaceSerializer();
    TypeSerializer<?> userKeys = StoredForms.userKeySerializer(present);
    StoredForms ofNewData = StoredForms.of(key, present);
    StoredForms kept =
        new StoredForms(
            KeyPart.fits(namespaces, forms.namespace()) ? forms.namespace() : ofNewData.namespace(),
            userKeys == null || KeyPart.fits(userKeys, forms.userKey())
                ? forms.userKey()
                : ofNewData.userKey());
    if (!kept.equals(forms)) {
      rewriteKeys.run(
          KeyTranscoder.between(
              key,
              KeyPart.of(formerNamespaces, forms.namespace()),
              KeyPart.of(namespaces, kept.namespace()),
              formerUserKeys == null ? null : KeyPart.of(formerUserKeys, forms.userKey()),
              userKeys == null ? null : KeyPart.of(userKeys, kept.userKey())),
          kept);
    }
  }

  private static <V> void checkMapKeys(
      TypeSerializerSchemaCompatibility<V> value,
      RegisteredKeyValueStateBackendMetaInfo<?, V> metaInfo)
      throws StateMigrationException {
    if (value.isCompatibleAfterMigration()
        && metaInfo.getStateSerializer() instanceof MapSerializer<?, ?> present
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

  /**
   * Rewrites the keys of a keyspace, a key group at a time in memory: new keys lie among former.
   */
  public static void rewriteKeys(StateContext<?> context, int keyspace, KeyTranscoder<?, ?, ?> keys)
      throws StateMigrationException {
    DataOutputSerializer output = new DataOutputSerializer(128);
    try {
      for (int keyGroup : context.keyGroups()) {
        List<StoredEntry> entries = new ArrayList<>();
        context.entries(keyspace, keyGroup).forEachRemaining(entries::add);
        for (StoredEntry entry : entries) {
          context.delete(keyspace, keyGroup, entry.key());
        }
        for (StoredEntry entry : entries) {
          output.clear();
          keys.transcode(entry.key(), 0, output);
          context.put(keyspace, keyGroup, output.getCopyOfBuffer(), entry.value());
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new StateMigrationException("The keys of a state could not be rewritten.", e);
    }
  }

  /** Rewrites the values of {@code state}, entry by entry. */
  public static <K, N, V> void rewriteValues(
      AbstractLearnedState<K, N, V> state,
      TtlAwareSerializer<V, ?> former,
      TtlAwareSerializer<V, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws StateMigrationException {
    try {
      rewrite(
          state.context,
          state.keyspace,
          (in, out) -> state.migrateValue(in, out, former, present, ttlTimeProvider));
      if (state.furtherKeyspace() != AbstractLearnedState.NO_KEYSPACE) {
        rewrite(
            state.context,
            state.furtherKeyspace(),
            (in, out) -> state.migrateFurtherValue(in, out, former, present, ttlTimeProvider));
      }
    } catch (IOException | RuntimeException e) {
      throw new StateMigrationException("Error while trying to migrate state.", e);
    }
  }

  private interface ValueRewrite {
    void run(DataInputDeserializer source, DataOutputSerializer target)
        throws IOException, StateMigrationException;
  }

  private static void rewrite(StateContext<?> context, int keyspace, ValueRewrite value)
      throws IOException, StateMigrationException {
    DataInputDeserializer input = new DataInputDeserializer();
    DataOutputSerializer output = new DataOutputSerializer(128);
    for (int keyGroup : context.keyGroups()) {
      EntryPages entries = context.entries(keyspace, keyGroup);
      while (entries.hasNext()) {
        StoredEntry entry = entries.next();
        input.setBuffer(entry.value());
        output.clear();
        value.run(input, output);
        context.put(keyspace, keyGroup, entry.key(), output.getCopyOfBuffer());
      }
    }
  }
}
