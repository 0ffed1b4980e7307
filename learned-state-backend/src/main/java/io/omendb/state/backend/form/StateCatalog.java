package io.omendb.state.backend.form;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The states of one backend and their store keyspaces.
 *
 * <p>Keyspaces below {@link #TABLE_KEYSPACE_BASE} belong to ordinary states, those from there on to
 * table state. A state's keyspace is derived from its name, with linear probing, so that backends
 * of different subtasks agree whatever the order in which their states were registered; where they
 * do not (a collision of names registered in different orders) restoring moves the entries. Owned
 * by the task thread.
 */
public final class StateCatalog {

  /** Table keyspace k of {@code TableState} is store keyspace k + this. */
  public static final int TABLE_KEYSPACE_BASE = 1 << 20;

  /** Stands for table state as a whole; holds no entries itself. */
  public static final int TABLE_STATE_KEYSPACE = 0;

  private final Map<StateId, RegisteredState> states = new LinkedHashMap<>();
  private final BitSet usedKeyspaces = new BitSet();

  public @Nullable RegisteredState find(StateId id) {
    return states.get(id);
  }

  public Collection<RegisteredState> states() {
    return states.values();
  }

  /** States in Flink's order for full snapshots: key-value states, then queues. */
  public List<RegisteredState> keyValueStatesThenQueues() {
    List<RegisteredState> ordered = new ArrayList<>(states.size());
    for (StateMetaInfoSnapshot.BackendStateType type :
        List.of(
            StateMetaInfoSnapshot.BackendStateType.KEY_VALUE,
            StateMetaInfoSnapshot.BackendStateType.PRIORITY_QUEUE)) {
      states.values().stream().filter(state -> state.id().type() == type).forEach(ordered::add);
    }
    return ordered;
  }

  /** Registers a state whose keys are opaque, unless others are said with {@link #define}. */
  public RegisteredState register(StateId id, RegisteredStateMetaInfoBase metaInfo) {
    int size = TABLE_KEYSPACE_BASE - 1;
    int keyspace = 1 + Math.floorMod(31 * id.name().hashCode() + id.type().getCode(), size);
    while (usedKeyspaces.get(keyspace)) {
      keyspace = keyspace % size + 1;
    }
    return registerAt(id, keyspace, metaInfo);
  }

  public RegisteredState registerAt(
      StateId id, int keyspace, RegisteredStateMetaInfoBase metaInfo) {
    if (usedKeyspaces.get(keyspace) || states.containsKey(id)) {
      throw new IllegalStateException("Registered twice: " + id + " at keyspace " + keyspace);
    }
    usedKeyspaces.set(keyspace);
    RegisteredState state = new RegisteredState(id, keyspace, metaInfo, StoredForms.OPAQUE);
    states.put(id, state);
    return state;
  }

  public boolean isUsed(int keyspace) {
    return usedKeyspaces.get(keyspace);
  }

  /** Says in which forms a state's keys are stored; before anything is. */
  public RegisteredState define(RegisteredState state, StoredForms forms) {
    RegisteredState defined = state.withForms(forms);
    states.put(state.id(), defined);
    return defined;
  }

  public void replace(RegisteredState state) {
    states.put(state.id(), state);
  }
}
