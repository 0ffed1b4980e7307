package io.omendb.state.backend.memory;

import java.io.IOException;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.apache.flink.runtime.state.StateBackend.KeyedStateBackendParameters;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/** One backend instance's lease of its slot's managed memory; owned and closed by the instance. */
public record ManagedMemory(OpaqueMemoryResource<SlotMemory> lease, SlotMemory.Share share)
    implements AutoCloseable {

  /** Under which the backends of a slot find what they share. */
  public static final String RESOURCE = "state-learned-managed-memory";

  /** Less than this is not worth sharing out. */
  private static final long BYTES_MIN = 1 << 20;

  /**
   * Takes part in the slot's managed memory, as the operator's weight allows; null if the slot has
   * none to speak of.
   */
  public static @Nullable ManagedMemory acquire(KeyedStateBackendParameters<?> parameters)
      throws IOException {
    MemoryManager manager = parameters.getEnv().getMemoryManager();
    double fraction = parameters.getManagedMemoryFraction();
    if (manager == null || fraction <= 0 || manager.computeMemorySize(fraction) < BYTES_MIN) {
      return null;
    }
    try {
      OpaqueMemoryResource<SlotMemory> lease =
          manager.getSharedMemoryResourceForManagedMemory(RESOURCE, SlotMemory::new, fraction);
      return new ManagedMemory(lease, lease.getResourceHandle().join());
    } catch (Exception e) {
      throw new IOException("The slot's managed memory cannot be acquired", e);
    }
  }

  @Override
  public void close() {
    share.close();
    IOUtils.closeQuietly(lease);
  }
}
