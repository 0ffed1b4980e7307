package io.omendb.gateway.oltp;

import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.plan.RelTraitSet;
import org.apache.calcite.rel.AbstractRelNode;
import org.apache.calcite.rel.RelWriter;
import org.apache.calcite.rel.type.RelDataType;

/** A leaf that stands for rows which another engine delivers. */
final class OpenedRows extends AbstractRelNode {
  private final RowSource rows;

  OpenedRows(RelOptCluster cluster, RelTraitSet traits, RelDataType rowType, RowSource rows) {
    super(cluster, traits);
    this.rowType = rowType;
    this.rows = rows;
  }

  RowSource rows() {
    return rows;
  }

  @Override
  public RelWriter explainTerms(RelWriter writer) {
    return super.explainTerms(writer).item("rows", System.identityHashCode(rows));
  }
}
