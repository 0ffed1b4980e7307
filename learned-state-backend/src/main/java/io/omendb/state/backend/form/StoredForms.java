package io.omendb.state.backend.form;

import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.jspecify.annotations.Nullable;

/**
 * In which forms ({@link KeyPart#form()}) a state's keys are stored. Chosen when the state is
 * created, and kept as long as its data is: written beside every checkpoint. The key's own form is
 * one for the whole backend.
 *
 * @param userKey opaque for states that are not map states
 */
public record StoredForms(String namespace, String userKey) {

  /** Of timer queues and table state too, whose keys are no composites. */
  public static final StoredForms OPAQUE = new StoredForms(KeyPart.OPAQUE, KeyPart.OPAQUE);

  /**
   * The forms for new data of a state: ordered where the types allow. Only behind an opaque key the
   * one namespace of most states stays as Flink writes it, so that such keys need not be taken
   * apart for savepoints.
   */
  public static StoredForms of(KeyPart<?> key, RegisteredStateMetaInfoBase metaInfo) {
    if (!(metaInfo instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyValue)) {
      return OPAQUE;
    }
    TypeSerializer<?> userKeys = userKeySerializer(keyValue);
    TypeSerializer<?> namespaces = keyValue.getNamespaceSerializer();
    boolean asFlink = !key.isOrdered() && namespaces instanceof VoidNamespaceSerializer;
    return new StoredForms(
        asFlink ? KeyPart.OPAQUE : KeyPart.of(namespaces).form(),
        userKeys == null ? KeyPart.OPAQUE : KeyPart.of(userKeys).form());
  }

  /** Null for states that are not map states. */
  public static @Nullable TypeSerializer<?> userKeySerializer(
      RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo) {
    return metaInfo.getStateType() == StateDescriptor.Type.MAP
            && metaInfo.getStateSerializer() instanceof MapSerializer<?, ?> maps
        ? maps.getKeySerializer()
        : null;
  }
}
