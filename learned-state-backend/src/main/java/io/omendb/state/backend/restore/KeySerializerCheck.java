package io.omendb.state.backend.restore;

import io.omendb.state.backend.form.KeyPart;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.util.StateMigrationException;

/** Refuses state whose keys the job's key serializer cannot read as they are stored. */
final class KeySerializerCheck {

  private KeySerializerCheck() {}

  static <K> void check(
      StateSerializerProvider<K> provider, TypeSerializerSnapshot<K> restoredSnapshot)
      throws StateMigrationException {
    // Once found incompatible, the provider refuses to name the serializer.
    TypeSerializer<K> current = provider.currentSchemaSerializer();
    TypeSerializerSchemaCompatibility<K> compatibility =
        provider.setPreviousSerializerSnapshotForRestoredState(restoredSnapshot);
    if (compatibility.isCompatibleAfterMigration() || compatibility.isIncompatible()) {
      throw new StateMigrationException(
          "The new key serializer ("
              + current
              + ") must be compatible with the previous key serializer ("
              + provider.previousSchemaSerializer()
              + ").");
    }
  }

  /** Of keys that are stored in {@code form}. */
  static void checkForm(TypeSerializer<?> current, String form) throws StateMigrationException {
    if (!KeyPart.fits(current, form)) {
      throw new StateMigrationException(
          "The keys are stored in the ordered form "
              + form
              + ", which is not that of the new key serializer ("
              + current
              + ").");
    }
  }
}
