package io.omendb.state.backend.form;

import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;

/** A state that the backend holds: what Flink knows of it, and where the store keeps it. */
public record RegisteredState(
    StateId id, int keyspace, RegisteredStateMetaInfoBase metaInfo, StoredForms forms) {

  public RegisteredState withMetaInfo(RegisteredStateMetaInfoBase newMetaInfo) {
    return new RegisteredState(id, keyspace, newMetaInfo, forms);
  }

  RegisteredState withForms(StoredForms newForms) {
    return new RegisteredState(id, keyspace, metaInfo, newForms);
  }

  /** Whether the state's entries have the form of {@code LearnedListState}. */
  public boolean isList() {
    return metaInfo instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyValue
        && keyValue.getStateType() == StateDescriptor.Type.LIST;
  }

  /** All keyspaces of the store that are this state's. */
  public List<Integer> keyspaces() {
    return keyspaces(keyspace);
  }

  /** What they would be, in the same order, if the state were at another keyspace. */
  public List<Integer> keyspaces(int first) {
    return isList() ? List.of(first, ListChunks.keyspaceOf(first)) : List.of(first);
  }
}
