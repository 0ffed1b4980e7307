package io.omendb.gateway.oltp;

import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/** Whether a plan's rows come in an asked order by themselves, because a scan is in key order. */
final class KeyOrder {
  private KeyOrder() {}

  static boolean provides(RelNode node, List<RelFieldCollation> asked, PlanCompiler compiler) {
    List<Integer> fields = new ArrayList<>();
    for (RelFieldCollation collation : asked) {
      if (collation.getDirection().isDescending()) {
        return false;
      }
      fields.add(collation.getFieldIndex());
    }
    return provides(node, fields, null, compiler);
  }

  private static boolean provides(
      RelNode node, List<Integer> fields, @Nullable RexNode condition, PlanCompiler compiler) {
    if (node instanceof Project project && condition == null) {
      List<Integer> below = new ArrayList<>();
      for (int field : fields) {
        if (!(project.getProjects().get(field) instanceof RexInputRef ref)) {
          return false;
        }
        below.add(ref.getIndex());
      }
      return provides(project.getInput(), below, null, compiler);
    }
    if (node instanceof Filter filter && condition == null) {
      return provides(filter.getInput(), fields, filter.getCondition(), compiler);
    }
    if (!(node instanceof TableScan scan) || scan.getTable().unwrap(TableSchema.class) == null) {
      return false;
    }
    AccessPath path = compiler.accessPath(scan, condition);
    return path.isSingleRange() && isPrefix(fields, path);
  }

  private static boolean isPrefix(List<Integer> fields, AccessPath path) {
    List<Integer> key = path.table().primaryKey();
    List<Integer> fixed = key.subList(0, path.prefixLength());
    List<Integer> free = key.subList(path.prefixLength(), key.size());
    int next = 0;
    for (int field : fields) {
      if (fixed.contains(field)) {
        continue;
      }
      if (next >= free.size()) {
        // all of the key is consumed, so the rest of the order decides nothing
        return !key.isEmpty();
      }
      if (free.get(next) != field) {
        return false;
      }
      next++;
    }
    return true;
  }
}
