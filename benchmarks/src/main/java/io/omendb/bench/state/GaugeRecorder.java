package io.omendb.bench.state;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** A metric group that keeps the gauges of all its groups by their last names. Thread-safe. */
final class GaugeRecorder extends UnregisteredMetricsGroup {

  private final Map<String, Gauge<?>> gauges = new ConcurrentHashMap<>();

  @Override
  public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
    gauges.put(name, gauge);
    return gauge;
  }

  @Override
  public MetricGroup addGroup(String name) {
    return this;
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return this;
  }

  long number(String name) {
    Gauge<?> gauge = gauges.get(name);
    return gauge != null && gauge.getValue() instanceof Number number ? number.longValue() : 0;
  }
}
