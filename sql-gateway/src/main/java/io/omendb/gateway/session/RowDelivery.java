package io.omendb.gateway.session;

import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.session.Portal.RowSink;
import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives a cursor's rows to a client: the first columns of each, reg types as names. */
final class RowDelivery {
  private final PgType[] types;
  private final boolean convertsSome;

  RowDelivery(List<OutputColumn> columns) {
    types = columns.stream().map(OutputColumn::type).toArray(PgType[]::new);
    convertsSome = columns.stream().anyMatch(c -> OmenStatement.isReg(c.type()));
  }

  /** Delivers at most {@code rowsMax} rows (0: all) and returns how many. */
  long deliver(RowSource rows, int rowsMax, RowSink sink, CatalogLookup catalog) {
    long count = 0;
    while (rowsMax == 0 || count < rowsMax) {
      @Nullable Object[] row = rows.next();
      if (row == null) {
        break;
      }
      sink.row(shown(row, catalog));
      count++;
    }
    return count;
  }

  @Nullable Object[] shown(@Nullable Object[] row, CatalogLookup catalog) {
    if (!convertsSome) {
      return row;
    }
    @Nullable Object[] shown = row.clone();
    for (int i = 0; i < types.length; i++) {
      if (OmenStatement.isReg(types[i]) && row[i] instanceof Long oid) {
        shown[i] = name(types[i], oid, catalog);
      }
    }
    return shown;
  }

  private static String name(PgType type, long oid, CatalogLookup catalog) {
    String name = null;
    if (oid == 0) {
      return "-";
    }
    if (type == PgTypes.REGCLASS) {
      name = catalog.relationName(oid);
    } else if (type == PgTypes.REGTYPE) {
      PgType named = PgTypes.byOid((int) oid);
      name = named == null ? null : named.sqlName();
    }
    return name == null ? Long.toString(oid) : name;
  }
}
