package io.omendb.state.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The compactions of one store: does what {@link CompactionPolicy} picks, one job at a time, on a
 * background thread or on the writer's when it stalls.
 */
final class StoreCompaction {

  private final StoreCore core;
  private final CompactionPolicy policy;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  StoreCompaction(StoreCore core) {
    this.core = core;
    this.policy =
        new CompactionPolicy(
            core.options.compactionTrigger(),
            core.options.compactionSizeRatioPercent(),
            core.options.compactionSpacePercent());
  }

  /** Keeps compactions from starting, after the one under way. */
  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  void schedule() {
    core.schedule(scheduled, this::all);
  }

  void scheduleIfDue() {
    if (policy.pick(core.view().stack()) != null) {
      schedule();
    }
  }

  private void all() throws IOException {
    boolean more = true;
    while (more && !core.isClosing()) {
      more = once(0);
      core.awaitReaders(StoreCore.BACKGROUND_WAIT_NANOS);
    }
  }

  /**
   * Compacts once, if that is due and reads have to ask {@code depthMin} runs or more.
   *
   * @return whether it did
   */
  boolean once(int depthMin) throws IOException {
    lock.lock();
    try {
      core.view().checkUsable();
      removeInvisible();
      RunStack stack = core.view().stack();
      CompactionPolicy.Job job = policy.pick(stack);
      if (job == null || stack.depth() < depthMin) {
        return false;
      }
      run(job, stack.all());
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Merges all runs. */
  void fully() throws IOException {
    lock.lock();
    try {
      List<RunHandle> runs = core.view().runs();
      if (!runs.isEmpty()) {
        run(CompactionPolicy.Job.whole(runs), runs);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param runs those that the job was chosen from; newer ones that came since do not matter to it,
   *     and what was hidden since is hidden when the outcome is published
   */
  private void run(CompactionPolicy.Job job, List<RunHandle> runs) throws IOException {
    List<RunHandle> inputs = job.inputs();
    List<RunHandle> older =
        runs.subList(runs.indexOf(inputs.get(inputs.size() - 1)) + 1, runs.size());
    List<RunFile> outputs = merge(job, older);
    core.metrics.compactions.increment();
    for (RunHandle input : inputs) {
      core.metrics.compactedBytesRead.add(input.bytes(job.firstKeyGroup(), job.lastKeyGroup()));
    }
    outputs.forEach(output -> core.metrics.compactedBytesWritten.add(output.length()));
    replace(job, outputs);
  }

  private List<RunFile> merge(CompactionPolicy.Job job, List<RunHandle> older) throws IOException {
    TreeSet<Long> sections = new TreeSet<>();
    long keyCountMax = 0;
    for (RunHandle input : job.inputs()) {
      keyCountMax += input.file().keyCount();
      for (RunSection section : input.file().sections()) {
        if (isPartOf(job, input, section.section())) {
          sections.add(section.section());
        }
      }
    }
    boolean reachesBottom = older.stream().noneMatch(run -> overlaps(job, run));
    long fileBytes = reachesBottom ? core.options.partitionBytes() : Long.MAX_VALUE;
    try (RunOutput output = new RunOutput(core, keyCountMax, fileBytes)) {
      RunMerger merger = new RunMerger(output, core::isClosing, core.filters, core.metrics);
      for (long section : sections) {
        List<EntryCursor> cursors = new ArrayList<>();
        for (RunHandle input : job.inputs()) {
          RunSection found = input.file().section(section);
          if (found != null && isPartOf(job, input, section)) {
            cursors.add(input.file().sequentialCursor(found));
          }
        }
        EntryCursor entries = cursors.size() == 1 ? cursors.get(0) : new MergingCursor(cursors);
        long horizon = core.horizons.getOrDefault(Section.keyspace(section), 0L);
        merger.write(section, entries, horizon, !StoreCore.anyShows(older, section));
      }
      return output.finish();
    }
  }

  private static boolean isPartOf(CompactionPolicy.Job job, RunHandle input, long section) {
    int keyGroup = Section.keyGroup(section);
    return keyGroup >= job.firstKeyGroup()
        && keyGroup <= job.lastKeyGroup()
        && input.shows(section);
  }

  /** Whether a run has key groups of which any input has something in the job's range. */
  private static boolean overlaps(CompactionPolicy.Job job, RunHandle run) {
    for (RunHandle input : job.inputs()) {
      int first = Math.max(job.firstKeyGroup(), input.first());
      int last = Math.min(job.lastKeyGroup(), input.last());
      if (first <= last && run.overlaps(first, last)) {
        return true;
      }
    }
    return false;
  }

  /** Removes runs of which nothing is visible any more. */
  private void removeInvisible() throws IOException {
    for (RunHandle run : core.view().runs()) {
      if (!run.showsAnything()) {
        replace(CompactionPolicy.Job.whole(List.of(run)), List.of());
      }
    }
  }

  /**
   * Publishes the outcome of a job. The view has one reference to a file for each of its handles;
   * clipping may have made two of one, or none.
   */
  private void replace(CompactionPolicy.Job job, List<RunFile> outputs) throws IOException {
    IdentityHashMap<RunFile, Integer> surplus = new IdentityHashMap<>();
    boolean installed = false;
    try {
      core.install(
          current -> {
            StoreView next = current.withCompacted(job, outputs);
            surplus.clear();
            job.inputs().forEach(input -> surplus.put(input.file(), 0));
            current.runs().forEach(run -> surplus.computeIfPresent(run.file(), (f, n) -> n + 1));
            next.runs().forEach(run -> surplus.computeIfPresent(run.file(), (f, n) -> n - 1));
            for (Map.Entry<RunFile, Integer> file : surplus.entrySet()) {
              for (int missing = file.getValue(); missing < 0; missing++) {
                file.getKey().retain();
              }
            }
            return next;
          });
      installed = true;
    } finally {
      for (Map.Entry<RunFile, Integer> file : surplus.entrySet()) {
        RunFile input = file.getKey();
        if (installed && !isInUse(input)) {
          // Only now does no manifest need it.
          input.markObsolete();
        }
        for (int i = 0; i < file.getValue(); i++) {
          core.guard.retire(input::release);
        }
      }
    }
  }

  private boolean isInUse(RunFile file) {
    return core.view().runs().stream().anyMatch(run -> run.file() == file);
  }
}
