package io.omendb.state.backend;

import org.apache.flink.api.common.functions.AggregateFunction;

/** How many numbers there were. */
final class Count implements AggregateFunction<Long, Long, Long> {
  private static final long serialVersionUID = 1;

  @Override
  public Long createAccumulator() {
    return 0L;
  }

  @Override
  public Long add(Long number, Long count) {
    return count + 1;
  }

  @Override
  public Long getResult(Long count) {
    return count;
  }

  @Override
  public Long merge(Long left, Long right) {
    return left + right;
  }
}
