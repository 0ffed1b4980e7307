package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.PgRexBuilder;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlDynamicParam;
import org.jspecify.annotations.Nullable;

/**
 * The statement's parameters: declared by the client, or typed by the first context that needs a
 * type, as PostgreSQL's variable-parameter hooks do.
 */
final class Parameters {
  private final List<@Nullable PgType> types = new ArrayList<>();
  private final Map<Integer, Integer> numbers;
  private final PgRexBuilder rex;

  Parameters(int[] declaredOids, Map<Integer, Integer> numbers, PgRexBuilder rex) {
    this.numbers = numbers;
    this.rex = rex;
    for (int oid : declaredOids) {
      PgType type = oid == 0 ? null : PgTypes.byOid(oid);
      if (oid != 0 && type == null) {
        throw BindErrors.error(
            ErrorCode.UNDEFINED_OBJECT, "type with OID %d does not exist".formatted(oid), 0);
      }
      types.add(type == PgTypes.UNKNOWN ? null : type);
    }
    for (int number : numbers.values()) {
      while (types.size() < number) {
        types.add(null);
      }
    }
  }

  Expr bind(SqlDynamicParam node) {
    int position = BindErrors.position(node);
    Integer number = numbers.get(position);
    if (number == null) {
      throw BindErrors.error(ErrorCode.UNDEFINED_PARAMETER, "there is no parameter", position);
    }
    int index = number - 1;
    PgType type = types.get(index);
    return type == null
        ? new Expr(
            rex.makeNullLiteral(RelTypes.rel(PgTypes.TEXT, true)),
            PgTypes.UNKNOWN,
            -1,
            position,
            null,
            index)
        : Expr.of(reference(index, type), type, position);
  }

  /** The parameter as that type, or as the type that it got meanwhile. */
  Expr resolve(Expr untyped, PgType wanted) {
    int index = untyped.parameter();
    PgType type = types.get(index);
    if (type == null) {
      type = wanted == PgTypes.UNKNOWN ? PgTypes.TEXT : wanted;
      types.set(index, type);
    }
    return Expr.of(reference(index, type), type, untyped.position());
  }

  private RexNode reference(int index, PgType type) {
    return rex.makeDynamicParam(RelTypes.rel(type, true), index);
  }

  /** All types; 42P18 for a parameter that nothing gave a type. */
  List<PgType> types() {
    List<PgType> all = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      PgType type = types.get(i);
      if (type == null) {
        if (!numbers.containsValue(i + 1)) {
          throw BindErrors.error(
              ErrorCode.INDETERMINATE_DATATYPE,
              "could not determine data type of parameter $%d".formatted(i + 1),
              0);
        }
        type = PgTypes.TEXT;
      }
      all.add(type);
    }
    return all;
  }
}
