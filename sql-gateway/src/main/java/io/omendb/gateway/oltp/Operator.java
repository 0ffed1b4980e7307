package io.omendb.gateway.oltp;

/** A compiled plan node. Immutable; every execution's state is in the source that it opens. */
@FunctionalInterface
public interface Operator {

  /** Starts one execution. */
  RowSource open(ExecutionContext context);
}
