package io.omendb.state.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The learned store: an off-heap memtable over immutable runs whose block indexes are
 * piecewise-linear models. Owns one directory.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Sources are ordered from new to old (active memtable, frozen memtables, runs); of equal
 *       (key, version) the newest source wins.
 *   <li>A reader works on one immutable view; what leaves the view is given up only when no read
 *       can hold it ({@link ReadGuard}) and no cursor or checkpoint pins it.
 *   <li>A run file is deleted only after a manifest without it is durable.
 * </ol>
 *
 * <p>Durability is by {@linkplain #checkpoint() checkpoints}; there is no log. Opening a directory
 * again finds what was flushed before.
 *
 * <p>One thread writes, and it closes the store. Another may take over if the former one reads no
 * more until the new one has written. When a background task fails, the store is poisoned: every
 * later call throws with the cause.
 */
public final class LearnedStore implements VersionedStore {

  /** Memtables beyond the stall bound that checkpoints may freeze, since they must not wait. */
  private static final int CHECKPOINT_FROZEN_ALLOWANCE = 4;

  private final StoreCore core;

  private LearnedStore(StoreCore core) {
    this.core = core;
  }

  /** Opens the store in {@code directory}, creating it where there is none. */
  public static LearnedStore open(Path directory, StoreOptions options) throws IOException {
    options.files().createDirectories(directory);
    StoreCore core = new StoreCore(directory, options);
    List<RunHandle> runs = new ArrayList<>();
    try {
      byte[] bytes = core.readManifest();
      if (bytes != null) {
        Manifest manifest =
            Manifest.decode(bytes, directory.resolve(StoreCore.MANIFEST).toString());
        core.horizons.putAll(manifest.horizons());
        openAll(core, manifest, 0, Integer.MAX_VALUE, new HashMap<>(), runs);
      }
      core.startWith(runs);
      core.deleteOrphans();
    } catch (IOException | RuntimeException e) {
      abandon(core, runs);
      throw e;
    }
    return new LearnedStore(core);
  }

  /**
   * Opens images, clipped to their key groups, in a {@code directory} that holds no store. Files
   * are linked or copied, never rewritten or modified; they may lie in {@code directory} already.
   */
  public static LearnedStore restore(
      Path directory, StoreOptions options, List<RestoredImage> images) throws IOException {
    options.files().createDirectories(directory);
    StoreCore core = new StoreCore(directory, options);
    List<RunHandle> runs = new ArrayList<>();
    try {
      if (core.readManifest() != null) {
        throw new IOException("cannot restore into " + directory + ": it holds a store");
      }
      Map<String, RunFile> opened = new HashMap<>();
      for (RestoredImage image : images) {
        Manifest manifest = Manifest.decode(image.manifest(), "manifest of a checkpoint");
        linkAll(core, manifest, image.filesByName());
        openAll(core, manifest, image.firstKeyGroup(), image.lastKeyGroup(), opened, runs);
      }
      core.horizons.putAll(commonHorizons(images));
      core.startWith(runs);
      core.writeManifest(core.view());
      core.deleteOrphans();
    } catch (IOException | RuntimeException e) {
      abandon(core, runs);
      throw e;
    }
    return new LearnedStore(core);
  }

  private static void abandon(StoreCore core, List<RunHandle> runs) {
    core.startWith(runs);
    core.close();
  }

  private static void linkAll(StoreCore core, Manifest manifest, Map<String, Path> filesByName)
      throws IOException {
    for (Manifest.Run run : manifest.runs()) {
      Path source = filesByName.get(run.name());
      if (source == null) {
        throw new FileNotFoundException("the checkpoint image lacks its file " + run.name());
      }
      core.options.files().linkOrCopy(source, core.directory.resolve(run.name()));
    }
  }

  /**
   * Opens each file once, however often it is referred to; adds a handle where it shows anything.
   */
  private static void openAll(
      StoreCore core,
      Manifest manifest,
      int firstKeyGroup,
      int lastKeyGroup,
      Map<String, RunFile> opened,
      List<RunHandle> runs)
      throws IOException {
    for (Manifest.Run run : manifest.runs()) {
      int first = Math.max(firstKeyGroup, run.firstKeyGroup());
      int last = Math.min(lastKeyGroup, run.lastKeyGroup());
      if (first > last) {
        continue;
      }
      RunFile known = opened.get(run.name());
      RunFile file = known == null ? core.openRun(run) : known;
      RunHandle handle = new RunHandle(file, first, last, run.hidden());
      if (!handle.showsAnything()) {
        if (known == null) {
          file.release();
        }
        continue;
      }
      if (known == null) {
        opened.put(run.name(), file);
      } else {
        file.retain();
      }
      runs.add(handle);
    }
  }

  /** Per keyspace the lowest horizon of all images, so that nothing is forgotten too soon. */
  private static Map<Integer, Long> commonHorizons(List<RestoredImage> images)
      throws CorruptStoreException {
    Map<Integer, Long> common = null;
    for (RestoredImage image : images) {
      Map<Integer, Long> horizons =
          Manifest.decode(image.manifest(), "manifest of a checkpoint").horizons();
      if (common == null) {
        common = new HashMap<>(horizons);
      } else {
        common.keySet().retainAll(horizons.keySet());
        common.replaceAll(
            (keyspace, horizon) -> Math.min(horizon, horizons.getOrDefault(keyspace, 0L)));
      }
    }
    return common == null ? Map.of() : common;
  }

  // Writing.

  @Override
  public void put(int keyspace, int keyGroup, byte[] key, long version, byte[] value) {
    write(keyspace, keyGroup, key, key.length, version, value, value.length);
  }

  /** As the other, of {@code key[0, keyLength)} and {@code value[0, valueLength)}. */
  public void put(
      int keyspace,
      int keyGroup,
      byte[] key,
      int keyLength,
      long version,
      byte[] value,
      int valueLength) {
    write(keyspace, keyGroup, key, keyLength, version, value, valueLength);
  }

  @Override
  public void delete(int keyspace, int keyGroup, byte[] key, long version) {
    write(keyspace, keyGroup, key, key.length, version, null, 0);
  }

  /** As the other, of {@code key[0, keyLength)}. */
  public void delete(int keyspace, int keyGroup, byte[] key, int keyLength, long version) {
    write(keyspace, keyGroup, key, keyLength, version, null, 0);
  }

  private void write(
      int keyspace,
      int keyGroup,
      byte[] key,
      int keyLength,
      long version,
      byte @Nullable [] value,
      int valueLength) {
    if (version < 0) {
      throw new IllegalArgumentException("expected a version of at least 0, got " + version);
    }
    StoreView view = core.view();
    view.checkUsable();
    Memtable active = view.active();
    if (active.usedBytes() >= core.memtableBytesMax()) {
      core.makeRoom(core.options.frozenMemtablesMax());
      freezeActive();
      active = core.view().active();
    }
    long entryBytes = (long) keyLength + valueLength + active.growthBytes();
    if (core.isShortOfMemory(entryBytes)) {
      core.makeMemory(entryBytes);
    }
    core.rememberWriter();
    active.put(
        Section.of(keyspace, keyGroup),
        key,
        keyLength,
        version,
        value,
        valueLength,
        core.isLoose(keyspace));
  }

  private void freezeActive() {
    core.view().active().freeze(new HashMap<>(core.horizons));
    core.rotate();
  }

  /**
   * Says that a keyspace is written and read by key, as a rule, and rarely scanned: then writing is
   * faster, and the first scan of what is in memory slower. Writer thread.
   */
  public void readByKey(int keyspace) {
    core.readByKey(keyspace);
  }

  /**
   * From now on rewrites of the keyspace's entries leave out what {@code filter} lets go: of
   * entries at or below the horizon, and of version {@code fromVersion} or higher, since older ones
   * may have another form. Instead of another filter, if there is one. Any thread.
   */
  public void filter(int keyspace, EntryFilter filter, long fromVersion) {
    core.filters.set(keyspace, filter, fromVersion);
  }

  /**
   * From now on rewrites of the keyspace's entries leave out nothing. What is written after this
   * has returned is never shown to the former filter. Any thread.
   */
  public void stopFiltering(int keyspace) {
    core.filters.remove(keyspace);
  }

  @Override
  public void setHorizon(int keyspace, long version) {
    core.view().checkUsable();
    core.horizons.merge(keyspace, version, Math::max);
  }

  @Override
  public void dropKeyspace(int keyspace) {
    StoreView view = core.view();
    view.checkUsable();
    if (view.active().containsKeyspace(keyspace)) {
      // What is written to the keyspace from now on is not dropped, so it goes elsewhere.
      core.makeRoom(core.options.frozenMemtablesMax() + CHECKPOINT_FROZEN_ALLOWANCE);
      freezeActive();
    }
    core.drop(keyspace);
    core.horizons.remove(keyspace);
    core.filters.remove(keyspace);
  }

  @Override
  public StoreCheckpoint checkpoint() {
    core.view().checkUsable();
    if (core.view().active().entryCount() > 0) {
      core.makeRoom(core.options.frozenMemtablesMax() + CHECKPOINT_FROZEN_ALLOWANCE);
      freezeActive();
    }
    int ticket = core.guard.enter();
    try {
      StoreView view = core.view();
      view.checkUsable();
      view.frozen().forEach(frozen -> frozen.memtable().retain());
      view.runs().forEach(run -> run.file().retain());
      return new StoreImage(core, view.frozen(), view.runs(), new HashMap<>(core.horizons));
    } finally {
      core.guard.exit(ticket);
    }
  }

  // Reading.

  @Override
  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
    int ticket = core.guard.enter();
    Lookup lookup = core.lookups.take(ticket);
    try {
      find(Section.of(keyspace, keyGroup), key, key.length, version, lookup);
      return lookup.value();
    } finally {
      core.lookups.giveBack(ticket, lookup);
      core.guard.exit(ticket);
    }
  }

  @Override
  public byte @Nullable [] getPromptly(
      int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
    int ticket = core.guard.enter();
    Lookup lookup = core.lookups.take(ticket);
    try {
      lookup.restrictToMemory();
      find(Section.of(keyspace, keyGroup), key, key.length, version, lookup);
      return lookup.promptValue(valueBytesMax);
    } finally {
      core.lookups.giveBack(ticket, lookup);
      core.guard.exit(ticket);
    }
  }

  /**
   * As the other, of {@code key[0, keyLength)} and into a buffer; false where the other returns
   * null.
   */
  public boolean get(
      int keyspace, int keyGroup, byte[] key, int keyLength, long version, ValueBuffer target) {
    int ticket = core.guard.enter();
    Lookup lookup = core.lookups.take(ticket);
    try {
      find(Section.of(keyspace, keyGroup), key, keyLength, version, lookup);
      return lookup.copyTo(target);
    } finally {
      core.lookups.giveBack(ticket, lookup);
      core.guard.exit(ticket);
    }
  }

  @Override
  public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
    int ticket = core.guard.enter();
    Lookup lookup = core.lookups.take(ticket);
    try {
      find(Section.of(keyspace, keyGroup), key, key.length, version, lookup);
      return lookup.version;
    } finally {
      core.lookups.giveBack(ticket, lookup);
      core.guard.exit(ticket);
    }
  }

  /** All sources are asked, since versions may arrive in any order; most can tell no at once. */
  private void find(long section, byte[] key, int keyLength, long version, Lookup lookup) {
    StoreView view = core.view();
    view.checkUsable();
    long hash = KeyHash.of(section, key, 0, keyLength);
    view.active().find(section, key, keyLength, hash, version, lookup);
    List<StoreView.Frozen> frozen = view.frozen();
    for (int i = 0; i < frozen.size() && lookup.version != version; i++) {
      StoreView.Frozen source = frozen.get(i);
      if (source.memtable().maxVersion() > lookup.version
          && !source.hidden().contains(Section.keyspace(section))) {
        source.memtable().find(section, key, keyLength, hash, version, lookup);
      }
    }
    try {
      for (RunHandle run : view.stack().of(Section.keyGroup(section))) {
        if (lookup.version == version) {
          break;
        }
        if (run.shows(section)) {
          run.file().find(section, key, keyLength, hash, version, lookup);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (lookup.filterHits > 0) {
      core.metrics.filterHits.add(lookup.filterHits);
    }
  }

  @Override
  public StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version) {
    long section = Section.of(keyspace, keyGroup);
    byte[] from = fromInclusive == null ? null : fromInclusive.clone();
    List<EntryCursor> sources = new ArrayList<>();
    List<Runnable> pins = new ArrayList<>();
    Consumer<Memtable> addMemtable =
        memtable -> {
          memtable.retain();
          pins.add(memtable::release);
          sources.add(memtable.cursor(section, from));
        };
    boolean opened = false;
    int ticket = core.guard.enter();
    try {
      StoreView view = core.view();
      view.checkUsable();
      if (core.isWriter()) {
        view.active().order(keyspace);
      }
      addMemtable.accept(view.active());
      for (StoreView.Frozen frozen : view.frozen()) {
        if (!frozen.hidden().contains(keyspace)) {
          addMemtable.accept(frozen.memtable());
        }
      }
      for (RunHandle run : view.stack().of(keyGroup)) {
        RunSection found = run.shows(section) ? run.file().section(section) : null;
        if (found != null && found.minVersion() <= version) {
          run.file().retain();
          pins.add(run.file()::release);
          sources.add(run.file().cursor(found, from));
        }
      }
      opened = true;
    } finally {
      core.guard.exit(ticket);
      if (!opened) {
        Releases.runAll(pins);
      }
    }
    EntryCursor entries = sources.size() == 1 ? sources.get(0) : new MergingCursor(sources);
    return new SnapshotCursor(entries, toExclusive, version, pins);
  }

  public StoreMetrics metrics() {
    return core.metrics;
  }

  /** What the store consists of now. Any thread; figures of the active memtable may be stale. */
  public StoreStatistics statistics() {
    int ticket = core.guard.enter();
    try {
      return StoreStatistics.of(core.view());
    } finally {
      core.guard.exit(ticket);
    }
  }

  /** The runs of now, newest first. Any thread. */
  public List<RunStatistics> runStatistics() {
    int ticket = core.guard.enter();
    try {
      return core.view().files().stream().map(RunStatistics::of).toList();
    } finally {
      core.guard.exit(ticket);
    }
  }

  StoreCore core() {
    return core;
  }

  /**
   * Writes out all that is in memory, with horizons and drops; blocking I/O. Opening the directory
   * again then finds it all. Writer thread.
   */
  public void flush() throws IOException {
    if (core.view().active().entryCount() > 0) {
      freezeActive();
    }
    boolean more = true;
    while (more) {
      more = core.flushOldest(1);
    }
    core.persist();
  }

  /** Merges all runs into one, on the calling thread; blocking I/O. Any thread. */
  public void compact() throws IOException {
    core.view().checkUsable();
    core.compaction.fully();
  }

  /** Closes files and frees memory; what was not flushed or checkpointed is gone. */
  @Override
  public void close() {
    core.close();
  }
}
