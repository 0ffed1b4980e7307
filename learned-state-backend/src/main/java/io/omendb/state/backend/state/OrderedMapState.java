package io.omendb.state.backend.state;

import java.util.Map;
import org.apache.flink.api.common.state.MapState;
import org.jspecify.annotations.Nullable;

/**
 * Map state that is read in the order of its user keys. All methods act on the current key and
 * namespace; iterating over the whole map is in order too. Task thread.
 *
 * <p>The order is that of the type: {@code compareTo}, or unsigned bytes for byte arrays, or field
 * by field for tuples; null is less than all. Types without an order (see {@link #isOrdered()})
 * have no ranges: the methods that need one throw {@link UnsupportedOperationException}.
 */
public interface OrderedMapState<UK, UV> extends MapState<UK, UV> {

  /** Whether the user keys have an order here. */
  boolean isOrdered();

  /**
   * The entries with keys in [{@code from}, {@code toExclusive}), in ascending order; null bounds
   * are open. The result stays bound to the key and namespace of now; each iteration sees what is
   * stored when it gets there, so entries may be put and removed while it runs. Its entries and
   * iterators write through.
   */
  Iterable<Map.Entry<UK, UV>> range(@Nullable UK from, @Nullable UK toExclusive);

  /**
   * The entry with the least key that is at or after {@code from} (null: of all); null if there is
   * none. One seek.
   */
  Map.@Nullable Entry<UK, UV> first(@Nullable UK from);
}
