package io.omendb.gateway.server;

import io.omendb.jobs.memory.MemoryBudget;
import java.lang.management.ManagementFactory;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/** The memory budget as a JMX bean, {@code io.omendb:type=MemoryBudget}. */
final class MemoryGauges implements AutoCloseable {
  private static final String NAME = "io.omendb:type=MemoryBudget";

  /** What the bean shows, by kind of work. */
  public interface MemoryBudgetMXBean {
    long getBytesMax();

    Map<String, Long> getUsedBytes();

    Map<String, Long> getPeakBytes();
  }

  private record Shown(MemoryBudget budget) implements MemoryBudgetMXBean {
    @Override
    public long getBytesMax() {
      return budget.bytesMax();
    }

    @Override
    public Map<String, Long> getUsedBytes() {
      return budget.usedBytes();
    }

    @Override
    public Map<String, Long> getPeakBytes() {
      return budget.peakBytes();
    }
  }

  private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
  private final ObjectName name;

  private MemoryGauges(ObjectName name) {
    this.name = name;
  }

  static MemoryGauges register(MemoryBudget budget) throws JMException {
    MemoryGauges gauges = new MemoryGauges(new ObjectName(NAME));
    if (!gauges.beans.isRegistered(gauges.name)) {
      gauges.beans.registerMBean(
          new StandardMBean(new Shown(budget), MemoryBudgetMXBean.class, true), gauges.name);
    }
    return gauges;
  }

  @Override
  public void close() throws JMException {
    if (beans.isRegistered(name)) {
      beans.unregisterMBean(name);
    }
  }
}
