package io.omendb.state.backend;

import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;

/** A state that the backend holds: what Flink knows of it, and where the store keeps it. */
record RegisteredState(StateId id, int keyspace, RegisteredStateMetaInfoBase metaInfo) {

  RegisteredState withMetaInfo(RegisteredStateMetaInfoBase newMetaInfo) {
    return new RegisteredState(id, keyspace, newMetaInfo);
  }

  /** Whether the state's entries have the form of {@link LearnedListState}. */
  boolean isList() {
    return metaInfo instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyValue
        && keyValue.getStateType() == StateDescriptor.Type.LIST;
  }

  /** All keyspaces of the store that are this state's. */
  List<Integer> keyspaces() {
    return isList() ? List.of(keyspace, ListChunks.keyspaceOf(keyspace)) : List.of(keyspace);
  }
}
