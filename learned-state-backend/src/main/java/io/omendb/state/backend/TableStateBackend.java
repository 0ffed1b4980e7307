package io.omendb.state.backend;

import io.omendb.state.backend.table.TableState;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.jspecify.annotations.Nullable;

/**
 * Implemented by the learned keyed state backend: access to table state, the state kind that has
 * versions and ordered seeks. An operator reaches it by {@link #of}; a wrapped backend (changelog)
 * is not one, since what is written past the wrapper would be missing in its log.
 */
public interface TableStateBackend {

  /**
   * The backend of an operator, which calls this when it starts.
   *
   * @throws IllegalStateException if it is another backend, or wrapped
   */
  static TableStateBackend of(@Nullable KeyedStateBackend<?> backend) {
    if (backend instanceof TableStateBackend tableStateBackend) {
      return tableStateBackend;
    }
    throw new IllegalStateException(
        "table state needs the learned state backend, unwrapped: set state.backend.type to "
            + LearnedStateBackendFactory.class.getName()
            + " and state.changelog.enabled to false; got "
            + (backend == null ? "no keyed state backend" : backend.getClass().getName()));
  }

  /**
   * The one table state of this backend; snapshotted, restored and clipped to the key-group range
   * with all other state.
   */
  TableState tableState();
}
