package io.omendb.bench.state;

import org.jspecify.annotations.Nullable;

/**
 * Single gets with the counters read before and after each: how many had to ask a device, and how
 * often. A get missed memory if the kernel counted bytes read or a major fault for this thread
 * meanwhile, so what other threads read does not count; requests are the control group's, taken for
 * those gets only. To be run when background work rests.
 */
final class MissSampler {

  private MissSampler() {}

  static void sample(
      StateOperations operations,
      Operation operation,
      int samples,
      @Nullable ControlGroup group,
      Figures figures)
      throws Exception {
    long missed = 0;
    long reads = 0;
    long readsMax = 0;
    long bytes = 0;
    StateOperations.Batch batch = operations.draw(operation, samples);
    try (ReadCounters.Source thread = ReadCounters.Source.ofThisThread(group)) {
      for (int i = 0; i < samples; i++) {
        ReadCounters before = thread.now();
        operations.perform(batch, i);
        ReadCounters counted = thread.now().since(before);
        if (counted.ownBytes() > 0 || counted.majorFaults() > 0) {
          missed++;
          reads += counted.deviceReads();
          readsMax = Math.max(readsMax, counted.deviceReads());
          bytes += counted.ownBytes();
        }
      }
    }
    figures.with("sampled", samples).with("missed", missed).with("missed-bytes", bytes);
    if (group != null) {
      figures.with("missed-reads", reads).with("missed-reads-max", readsMax);
    }
  }
}
