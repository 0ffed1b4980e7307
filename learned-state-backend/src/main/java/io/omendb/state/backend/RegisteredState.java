package io.omendb.state.backend;

import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;

/** A state that the backend holds: what Flink knows of it, and where the store keeps it. */
record RegisteredState(
    StateId id, int keyspace, RegisteredStateMetaInfoBase metaInfo, StoredForms forms) {

  RegisteredState withMetaInfo(RegisteredStateMetaInfoBase newMetaInfo) {
    return new RegisteredState(id, keyspace, newMetaInfo, forms);
  }

  RegisteredState withForms(StoredForms newForms) {
    return new RegisteredState(id, keyspace, metaInfo, newForms);
  }
}
