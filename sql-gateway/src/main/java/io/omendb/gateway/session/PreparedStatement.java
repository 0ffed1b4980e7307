package io.omendb.gateway.session;

import io.omendb.gateway.types.PgType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A planned statement. Stays valid across catalog changes: it is planned again when bound, if need
 * be.
 */
public interface PreparedStatement {

  List<PgType> parameterTypes();

  /** About what it takes on the heap while it is kept; does not change. */
  default long sizeBytes() {
    return 0;
  }

  /** The columns of its rows; null for a statement that returns none. */
  @Nullable List<ResultColumn> resultColumns();
}
