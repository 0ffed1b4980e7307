package io.omendb.state.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The moving parts behind {@link LearnedStore}: the current view, and the flushes that change it.
 * Compactions are in {@link StoreCompaction}.
 *
 * <p>Locks, in the order in which they are taken: {@code flushLock} (one flush at a time, so runs
 * appear in the order of their memtables) or that of {@link StoreCompaction} (one at a time);
 * {@code installLock} (manifests are written in the order of views); {@code viewLock} (a change of
 * the view; held for no I/O). Readers take none.
 */
final class StoreCore {

  static final String MANIFEST = "MANIFEST";
  private static final int MEMTABLE_PARTS = 4;
  private static final int MEMTABLE_BYTES_MIN = 64 << 10;
  private static final int DEPTH_PER_TRIGGER = 5;
  private static final long READER_POLL_NANOS_MIN = 2_000;
  private static final long READER_POLL_NANOS_MAX = 10_000_000;

  /** How long the writer waits for readers, and how long a background thread does. */
  private static final long WRITER_WAIT_NANOS = 1_000_000;

  static final long BACKGROUND_WAIT_NANOS = 1_000_000_000;
  private static final String MANIFEST_NEW = "MANIFEST.new";

  final Path directory;
  final StoreOptions options;
  final StoreMetrics metrics = new StoreMetrics();
  final Lookups lookups = new Lookups();
  private final FinderMemory finderMemory;
  private final BlockMemory blockMemory;
  private final RunFile.Surroundings surroundings;
  final ReadGuard guard = new ReadGuard();
  final Map<Integer, Long> horizons = new ConcurrentHashMap<>();
  final EntryFilters filters = new EntryFilters();
  private final String namePrefix = UUID.randomUUID().toString();
  private final AtomicLong nextRun = new AtomicLong();

  private final ReentrantLock flushLock = new ReentrantLock();
  private final ReentrantLock installLock = new ReentrantLock();
  private final Object viewLock = new Object();
  private final AtomicBoolean flushScheduled = new AtomicBoolean();
  final StoreCompaction compaction;
  private volatile boolean closing;
  private volatile StoreView view;

  /** Keyspaces that are read by key only, as a rule; see {@link LearnedStore#readByKey}. */
  private KeyspaceSet loose = KeyspaceSet.EMPTY;

  /** Who wrote last. */
  private volatile @Nullable Thread writer;

  /** The writer stalls when a read would have to ask so many runs. */
  private int depthMax;

  StoreCore(Path directory, StoreOptions options) {
    this.directory = directory;
    this.options = options;
    this.finderMemory = new FinderMemory(options.arenaAllocator());
    this.blockMemory = new BlockMemory(options, this::reservedBytes);
    this.surroundings =
        new RunFile.Surroundings(finderMemory, new Residency(), blockMemory, guard, metrics);
    this.compaction = new StoreCompaction(this);
    this.view = new StoreView(newMemtable(), List.of(), RunStack.EMPTY, false, null);
  }

  void readByKey(int keyspace) {
    loose = loose.with(keyspace);
  }

  boolean isLoose(int keyspace) {
    return loose.contains(keyspace);
  }

  void rememberWriter() {
    Thread current = Thread.currentThread();
    if (writer != current) {
      writer = current;
    }
  }

  boolean isWriter() {
    return writer == Thread.currentThread();
  }

  Memtable newMemtable() {
    return new Memtable(options.arenaAllocator(), (int) memtableBytesMax(), guard::retire);
  }

  /** The size at which the memtable is frozen: of the memory for memtables, one of four parts. */
  long memtableBytesMax() {
    long bytes = options.arenaAllocator().bytesMax() - finderMemory.usedBytes();
    return Math.min(options.memtableBytes(), Math.max(MEMTABLE_BYTES_MIN, bytes / MEMTABLE_PARTS));
  }

  /** Whether more chunks, with an entry of a given size, could be beyond the memory allowed. */
  boolean isShortOfMemory(long entryBytes) {
    ArenaAllocator allocator = options.arenaAllocator();
    // One chunk for the entry, one to begin the next memtable with.
    return allocator.usedBytes() + 2 * Arena.chunkBytesMax(memtableBytesMax()) + entryBytes
        > allocator.bytesMax();
  }

  /** Flushes what is frozen until there is memory for an entry, or nothing is left to flush. */
  void makeMemory(long entryBytes) {
    try {
      while (isShortOfMemory(entryBytes) && flushOldest(1)) {
        metrics.writerStalls.increment();
        awaitReaders(WRITER_WAIT_NANOS);
      }
      if (isShortOfMemory(entryBytes)) {
        BlockCache cache = blockMemory.take();
        if (cache != null) {
          guard.retire(cache::release);
        }
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
      throw e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
    }
  }

  StoreView view() {
    return view;
  }

  // Opening.

  RunFile openRun(Path path) throws IOException {
    return RunFile.open(options.files(), path, surroundings);
  }

  /** Opens a run of a manifest, and makes sure that it is the one meant. */
  RunFile openRun(Manifest.Run run) throws IOException {
    Path path = directory.resolve(run.name());
    RunFile file = openRun(path);
    if (file.length() != run.length() || file.footerChecksum() != run.footerChecksum()) {
      file.release();
      throw new CorruptStoreException(
          path.toString(),
          Math.max(0, file.length() - RunFormat.FOOTER_BYTES),
          "another file than the manifest names: expected "
              + run.length()
              + " bytes, got "
              + file.length());
    }
    return file;
  }

  /** Begins with given runs. Those of several images are many, but few for any key. */
  void startWith(List<RunHandle> runs) {
    synchronized (viewLock) {
      view = new StoreView(view.active(), List.of(), RunStack.of(runs), false, null);
      runsChanged(view);
    }
    depthMax = view.stack().depth() + DEPTH_PER_TRIGGER * options.compactionTrigger();
  }

  byte @Nullable [] readManifest() throws IOException {
    Path path = directory.resolve(MANIFEST);
    if (!options.files().exists(path)) {
      return null;
    }
    try (StoreFiles.Input input = options.files().open(path)) {
      long length = input.length();
      if (length > Integer.MAX_VALUE - 16) {
        throw new CorruptStoreException(path.toString(), 0, "manifest of " + length + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) length);
      input.readFully(0, bytes);
      return bytes.array();
    }
  }

  /** Deletes what a crash left behind: run files that no manifest names. */
  void deleteOrphans() throws IOException {
    TreeSet<String> used = new TreeSet<>();
    view.runs().forEach(run -> used.add(run.file().name()));
    for (String name : options.files().list(directory)) {
      boolean orphan = name.endsWith(RunFormat.FILE_SUFFIX) && !used.contains(name);
      if (orphan || name.equals(MANIFEST_NEW)) {
        options.files().deleteIfExists(directory.resolve(name));
      }
    }
  }

  void writeManifest(StoreView current) throws IOException {
    Manifest manifest =
        new Manifest(
            new HashMap<>(horizons), current.runs().stream().map(Manifest.Run::of).toList());
    Path fresh = directory.resolve(MANIFEST_NEW);
    options.files().deleteIfExists(fresh);
    try (StoreFiles.Output output = options.files().create(fresh)) {
      output.write(ByteBuffer.wrap(manifest.encode()));
      output.sync();
    }
    options.files().rename(fresh, directory.resolve(MANIFEST));
    options.files().syncDirectory(directory);
  }

  // Changing the view.

  private StoreView change(UnaryOperator<StoreView> step) {
    synchronized (viewLock) {
      StoreView former = view;
      StoreView next = step.apply(former);
      view = next;
      if (next.stack() != former.stack()) {
        runsChanged(next);
      }
      return next;
    }
  }

  private void runsChanged(StoreView current) {
    long bytes = 0;
    for (RunHandle run : current.runs()) {
      bytes += run.bytes();
    }
    blockMemory.runsAre(bytes);
  }

  /** Memory for memtables and for what finds keys; the rest may hold blocks. */
  private long reservedBytes() {
    return finderMemory.usedBytes() + (MEMTABLE_PARTS + 1) * memtableBytesMax();
  }

  /** Publishes a view with other runs, and its manifest. */
  void install(UnaryOperator<StoreView> step) throws IOException {
    installLock.lock();
    try {
      writeManifest(change(step));
    } finally {
      installLock.unlock();
    }
  }

  /** Makes horizons and drops durable too. */
  void persist() throws IOException {
    install(current -> current);
  }

  void fail(Throwable cause) {
    change(current -> current.withFailure(cause));
  }

  // The writer.

  /** Freezes the active memtable. Writer thread. */
  void rotate() {
    Memtable fresh = newMemtable();
    change(current -> current.withActive(fresh));
    scheduleFlush();
  }

  /**
   * Keeps memory and the number of runs bounded when the background does not keep up: the writer
   * flushes while {@code frozenMax} memtables are frozen, and compacts while too many runs lie over
   * each other. So it waits, and at worst does the work itself.
   */
  void makeRoom(int frozenMax) {
    if (view.frozen().size() < frozenMax && view.stack().depth() < depthMax) {
      return;
    }
    long start = System.nanoTime();
    try {
      while (view.frozen().size() >= frozenMax) {
        flushOldest(frozenMax);
      }
      while (view.stack().depth() >= depthMax) {
        compaction.once(depthMax);
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
      throw e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
    } finally {
      metrics.writerStalls.increment();
      metrics.writerStallNanos.add(System.nanoTime() - start);
    }
  }

  void drop(int keyspace) {
    change(current -> current.hiding(keyspace));
    compaction.schedule();
  }

  // Flushing.

  private void scheduleFlush() {
    schedule(flushScheduled, this::flushAll);
  }

  /** A piece of background work. */
  interface Work {
    void run() throws IOException;
  }

  void schedule(AtomicBoolean scheduled, Work work) {
    if (!scheduled.compareAndSet(false, true)) {
      return;
    }
    try {
      options
          .executor()
          .execute(
              () -> {
                scheduled.set(false);
                runInBackground(work);
              });
    } catch (RuntimeException e) {
      scheduled.set(false);
      fail(e);
    }
  }

  private void runInBackground(Work work) {
    if (closing || view.failure() != null) {
      return;
    }
    try {
      work.run();
    } catch (RunMerger.AbortedException e) {
      // Closing; what was not finished is not missed.
    } catch (IOException | RuntimeException | Error e) {
      if (!closing) {
        fail(e);
      }
    }
  }

  private void flushAll() throws IOException {
    boolean more = true;
    while (more) {
      more = flushOldest(1);
    }
    awaitReaders(BACKGROUND_WAIT_NANOS);
  }

  /**
   * Gives up what was replaced, once its readers have left: they are quick, unless the processor
   * was taken from one. Not for ever: with many readers it may take until the next flush.
   */
  void awaitReaders(long nanosMax) {
    long start = System.nanoTime();
    long wait = READER_POLL_NANOS_MIN;
    while (!guard.poll() && !closing && System.nanoTime() - start < nanosMax) {
      LockSupport.parkNanos(wait);
      wait = Math.min(2 * wait, READER_POLL_NANOS_MAX);
    }
  }

  /**
   * Writes out the oldest frozen memtable, if {@code frozenMin} or more are frozen.
   *
   * @return whether one was written
   */
  boolean flushOldest(int frozenMin) throws IOException {
    flushLock.lock();
    try {
      StoreView start = view;
      start.checkUsable();
      if (start.frozen().size() < frozenMin || start.frozen().isEmpty()) {
        return false;
      }
      Memtable oldest = start.frozen().get(start.frozen().size() - 1).memtable();
      RunFile run = write(oldest, start.runs());
      if (run != null) {
        // One reference for the memtable, in case a checkpoint waits for it, one for the view.
        run.retain();
        metrics.flushedBytes.add(run.length());
      }
      oldest.setFlushed(run);
      metrics.flushes.increment();
      try {
        install(current -> current.withFlushed(run));
      } finally {
        guard.retire(oldest::release);
      }
    } finally {
      flushLock.unlock();
    }
    // Here, not when all is flushed: under steady writing that moment may never come.
    compaction.scheduleIfDue();
    return true;
  }

  private @Nullable RunFile write(Memtable memtable, List<RunHandle> older) throws IOException {
    Map<Integer, Long> frozenHorizons = memtable.frozenHorizons();
    try (RunOutput output = new RunOutput(this, memtable.entryCount(), Long.MAX_VALUE)) {
      RunMerger merger = new RunMerger(output, this::isClosing, filters, metrics);
      for (long section = memtable.nextSection(-1);
          section >= 0;
          section = memtable.nextSection(section)) {
        long horizon = frozenHorizons.getOrDefault(Section.keyspace(section), 0L);
        merger.write(section, memtable.cursor(section, null), horizon, !anyShows(older, section));
      }
      List<RunFile> runs = output.finish();
      return runs.isEmpty() ? null : runs.get(0);
    }
  }

  /** A path that no other run file has or had. */
  Path newRunPath() {
    return directory.resolve(namePrefix + "-" + nextRun.getAndIncrement() + RunFormat.FILE_SUFFIX);
  }

  /** For a file that is not in use; one left over is deleted when the directory is next opened. */
  void deleteQuietly(Path path) {
    try {
      options.files().deleteIfExists(path);
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(StoreCore.class).warn("cannot delete {}", path, e);
    }
  }

  static boolean anyShows(List<RunHandle> runs, long section) {
    for (RunHandle run : runs) {
      if (run.shows(section) && run.file().section(section) != null) {
        return true;
      }
    }
    return false;
  }

  // Closing.

  boolean isClosing() {
    return closing;
  }

  /** Ends background work and gives up all resources but those that cursors and checkpoints pin. */
  void close() {
    if (closing) {
      return;
    }
    closing = true;
    flushLock.lock();
    compaction.lock();
    try {
      StoreView last = view;
      change(StoreView::withClosed);
      guard.retireAll(resources(last));
    } finally {
      compaction.unlock();
      flushLock.unlock();
    }
    // Point reads that are under way are short and start no more.
    while (!guard.poll()) {
      Thread.onSpinWait();
    }
  }

  /** What a view that was replaced for good leaves behind, and the cache. */
  private List<Runnable> resources(StoreView last) {
    List<Runnable> releases = new ArrayList<>();
    releases.add(last.active()::release);
    last.frozen().forEach(frozen -> releases.add(frozen.memtable()::release));
    last.runs().forEach(run -> releases.add(run.file()::release));
    // Taken before present readers are waited for: cursors that outlive the store read on, and
    // must not come to a cache that is being released.
    BlockCache cache = blockMemory.takeForEver();
    if (cache != null) {
      releases.add(cache::release);
    }
    return releases;
  }
}
