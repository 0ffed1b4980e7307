package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.PgFunction;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlOperatorBinding;
import org.apache.calcite.sql.type.SqlTypeUtil;

/**
 * Calls that keep their types where Calcite makes them anew. Its decorrelator asks each operator
 * for the type, and gets the standard's, not PostgreSQL's: of numerics, of CASE, of functions,
 * which have none. {@link #hold} puts such calls behind a function of their type, {@link #release}
 * takes them out.
 */
final class KeptTypes {
  private KeptTypes() {}

  static RelNode hold(RelNode plan) {
    RexBuilder rex = plan.getCluster().getRexBuilder();
    return rewrite(
        plan,
        new RexShuttle() {
          @Override
          public RexNode visitCall(RexCall call) {
            RexCall visited = (RexCall) super.visitCall(call);
            return stays(visited)
                ? visited
                : rex.makeCall(visited.getType(), new Held(visited), visited.getOperands());
          }
        });
  }

  static RelNode release(RelNode plan) {
    RexBuilder rex = plan.getCluster().getRexBuilder();
    return rewrite(
        plan,
        new RexShuttle() {
          @Override
          public RexNode visitCall(RexCall call) {
            RexCall visited = (RexCall) super.visitCall(call);
            return visited.getOperator() instanceof Held held
                ? rex.makeCall(visited.getType(), held.operator, visited.getOperands())
                : visited;
          }
        });
  }

  private static RelNode rewrite(RelNode node, RexShuttle shuttle) {
    List<RelNode> inputs = new ArrayList<>();
    for (RelNode input : node.getInputs()) {
      inputs.add(rewrite(input, shuttle));
    }
    return node.copy(node.getTraitSet(), inputs).accept(shuttle);
  }

  /** Conditions stay as they are: the decorrelator looks into them, and they have one type. */
  private static boolean stays(RexCall call) {
    boolean condition =
        SqlTypeUtil.isBoolean(call.getType()) && !(call.getOperator() instanceof PgFunction);
    return condition || call.getKind() == SqlKind.CAST;
  }

  /** The call's operator, with the call's type; nullable once an operand has become so. */
  private static final class Held extends SqlFunction {
    private final SqlOperator operator;

    Held(RexCall call) {
      super(
          call.getOperator().getName(),
          SqlKind.OTHER_FUNCTION,
          binding -> type(call, binding),
          null,
          null,
          SqlFunctionCategory.USER_DEFINED_FUNCTION);
      this.operator = call.getOperator();
    }

    private static RelDataType type(RexCall call, SqlOperatorBinding binding) {
      boolean nullable = call.getType().isNullable();
      for (int i = 0; i < binding.getOperandCount() && !nullable; i++) {
        boolean was = call.getOperands().get(i).getType().isNullable();
        nullable = !was && binding.getOperandType(i).isNullable();
      }
      return binding.getTypeFactory().createTypeWithNullability(call.getType(), nullable);
    }

    @Override
    public boolean isDeterministic() {
      return operator.isDeterministic();
    }

    @Override
    public boolean isDynamicFunction() {
      return operator.isDynamicFunction();
    }
  }
}
