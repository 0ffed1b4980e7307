package io.omendb.state.backend;

/**
 * Implemented by the learned keyed state backend: access to table state, the state kind that has
 * versions and ordered seeks. An operator reaches it by {@code getKeyedStateBackend() instanceof
 * TableStateBackend}; a wrapped backend (changelog) is not one.
 */
public interface TableStateBackend {

  /**
   * The one table state of this backend; snapshotted, restored and clipped to the key-group range
   * with all other state.
   */
  TableState tableState();
}
