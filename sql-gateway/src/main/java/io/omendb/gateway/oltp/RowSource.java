package io.omendb.gateway.oltp;

import org.jspecify.annotations.Nullable;

/**
 * A pull cursor over rows of datums (see {@link io.omendb.gateway.types.PgType}), whichever engine
 * makes them. Confined to one thread at a time; whoever opened it closes it.
 *
 * <p>A returned row is never changed again, neither by the source nor by its reader, so operators
 * keep references instead of copies.
 */
public interface RowSource extends AutoCloseable {

  /**
   * The next row, or null at the end, and then for ever. Blocks while there is none yet; an
   * interrupt or a cancelled statement ends the wait with QUERY_CANCELED.
   */
  @Nullable Object @Nullable [] next();

  /** Frees everything and ends work that is still under way; idempotent. */
  @Override
  void close();
}
