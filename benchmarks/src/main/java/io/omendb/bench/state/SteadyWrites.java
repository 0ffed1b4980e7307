package io.omendb.bench.state;

/**
 * Writes for as long as the options say, then waits for the compaction that is left, and counts
 * that too. Three rates: the task's own (drawing of keys left out), the same with the time until
 * background work rests added, and by the wall from the first write to that rest, where background
 * threads gain nothing from the time in which keys are drawn.
 */
final class SteadyWrites {

  private final OpenBackend open;
  private final StateOperations operations;
  private final StateBackendsOptions options;

  SteadyWrites(OpenBackend open, StateOperations operations, StateBackendsOptions options) {
    this.open = open;
    this.operations = operations;
    this.options = options;
  }

  void run(Operation operation, Figures figures) throws Exception {
    Drain.await(open, options.quiet(), options.drainMax());
    long count = 0;
    long nanos = 0;
    long start = System.nanoTime();
    try (DiskPeak peak = new DiskPeak(open)) {
      while (System.nanoTime() - start < options.write().toNanos()) {
        StateOperations.Batch batch = operations.draw(operation, BackendRun.BATCH_OPERATIONS);
        long batchStart = System.nanoTime();
        for (int i = 0; i < BackendRun.BATCH_OPERATIONS; i++) {
          operations.perform(batch, i);
        }
        nanos += System.nanoTime() - batchStart;
        count += BackendRun.BATCH_OPERATIONS;
      }
      long wall = System.nanoTime() - start;
      long drain = Drain.await(open, options.quiet(), options.drainMax());
      figures
          .with("steady-seconds", wall / 1e9)
          .with("steady-rate", count * 1e9 / nanos)
          .with("drained-rate", count * 1e9 / (nanos + drain))
          .with("wall-rate", count * 1e9 / (wall + drain))
          .with("drain-seconds", drain / 1e9)
          .with("disk-peak", peak.bytesMax())
          .with("disk-after", open.diskBytes());
    }
  }
}
