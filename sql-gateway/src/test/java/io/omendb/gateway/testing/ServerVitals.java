package io.omendb.gateway.testing;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What a server's JVM says about itself. */
public final class ServerVitals implements AutoCloseable {
  private final JMXConnector connector;
  private final ThreadMXBean threads;
  private final MemoryMXBean memory;
  private final MBeanServerConnection server;

  private ServerVitals(JMXConnector connector) throws IOException {
    this.connector = connector;
    server = connector.getMBeanServerConnection();
    threads =
        ManagementFactory.newPlatformMXBeanProxy(
            server, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
    memory =
        ManagementFactory.newPlatformMXBeanProxy(
            server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
  }

  @SuppressWarnings("BanJNDI") // The address comes from the JVM that the test has started itself.
  public static ServerVitals of(ServerProcess server) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(server.pid()));
      try {
        return new ServerVitals(
            JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IOException("cannot attach to the server", e);
    }
  }

  public int threadCount() {
    return threads.getThreadCount();
  }

  /** Bytes of the heap in use after a full collection. */
  public long liveHeapBytes() {
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  /** Bytes of the memory budget in use, by kind of work. */
  public Map<String, Long> memoryInUse() throws IOException {
    return budget("UsedBytes");
  }

  /** The most that was ever in use. */
  public Map<String, Long> memoryPeaks() throws IOException {
    return budget("PeakBytes");
  }

  private Map<String, Long> budget(String attribute) throws IOException {
    try {
      TabularData table =
          (TabularData)
              server.getAttribute(new ObjectName("io.omendb:type=MemoryBudget"), attribute);
      Map<String, Long> bytes = new TreeMap<>();
      for (Object row : table.values()) {
        CompositeData entry = (CompositeData) row;
        bytes.put((String) entry.get("key"), (Long) entry.get("value"));
      }
      return bytes;
    } catch (JMException e) {
      throw new IOException("the server does not tell what memory is in use", e);
    }
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
