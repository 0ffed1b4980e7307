package io.omendb.state.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link StoreCheckpoint}: the frozen memtables and the runs of one view, pinned. Memtables
 * become runs when they are flushed, by {@link #materialize()} or by whoever comes first; their
 * memory is then let go.
 */
final class StoreImage implements StoreCheckpoint {

  private final StoreCore core;
  private final Map<Integer, Long> horizons;
  private List<StoreView.Frozen> memtables;
  private List<RunHandle> runs;
  private byte @Nullable [] manifest;
  private boolean closed;

  /** Takes over references to all memtables and run files given, newest first. */
  StoreImage(
      StoreCore core,
      List<StoreView.Frozen> memtables,
      List<RunHandle> runs,
      Map<Integer, Long> horizons) {
    this.core = core;
    this.memtables = memtables;
    this.runs = runs;
    this.horizons = Map.copyOf(horizons);
  }

  @Override
  public synchronized void materialize() throws IOException {
    if (closed) {
      throw new IllegalStateException("the checkpoint is closed");
    }
    List<RunHandle> flushed = new ArrayList<>();
    for (int i = memtables.size() - 1; i >= 0; i--) {
      Memtable memtable = memtables.get(i).memtable();
      while (memtable.flushed() == null) {
        core.flushOldest(1);
      }
    }
    for (StoreView.Frozen frozen : memtables) {
      Memtable.FlushedRun run = frozen.memtable().flushed();
      if (run != null && run.file() != null) {
        run.file().retain();
        flushed.add(RunHandle.whole(run.file(), frozen.hidden()));
      }
      frozen.memtable().release();
    }
    memtables = List.of();
    flushed.addAll(runs);
    runs = flushed;
    manifest = new Manifest(horizons, runs.stream().map(Manifest.Run::of).toList()).encode();
  }

  @Override
  public synchronized List<Path> files() {
    checkMaterialized();
    return runs.stream().map(run -> run.file().path()).distinct().toList();
  }

  @Override
  public synchronized byte[] manifest() {
    return checkMaterialized().clone();
  }

  private byte[] checkMaterialized() {
    if (manifest == null || closed) {
      throw new IllegalStateException("the checkpoint is not materialized, or closed");
    }
    return manifest;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      List<Runnable> releases = new ArrayList<>();
      memtables.forEach(frozen -> releases.add(frozen.memtable()::release));
      runs.forEach(run -> releases.add(run.file()::release));
      Releases.runAll(releases);
    }
  }
}
