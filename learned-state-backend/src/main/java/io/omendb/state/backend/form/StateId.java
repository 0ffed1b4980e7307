package io.omendb.state.backend.form;

import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.BackendStateType;

/** A state's identity in a backend: a value state and a timer queue may have the same name. */
public record StateId(BackendStateType type, String name) {

  public static StateId keyValue(String name) {
    return new StateId(BackendStateType.KEY_VALUE, name);
  }

  public static StateId queue(String name) {
    return new StateId(BackendStateType.PRIORITY_QUEUE, name);
  }
}
