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
 * The moving parts behind {@link LearnedStore}: the current view, and the flushes and compactions
 * that change it.
 *
 * <p>Locks, in the order in which they are taken: {@code flushLock} (one flush at a time, so runs
 * appear in the order of their memtables) or {@code compactionLock} (one compaction at a time);
 * {@code installLock} (manifests are written in the order of views); {@code viewLock} (a change of
 * the view; held for no I/O). Readers take none.
 */
final class StoreCore {

  static final String MANIFEST = "MANIFEST";
  private static final int MEMTABLE_PARTS = 4;
  private static final int MEMTABLE_BYTES_MIN = 64 << 10;
  private static final int RUN_COUNT_PER_TRIGGER = 5;
  private static final int READER_POLLS_MAX = 200;
  private static final long READER_POLL_NANOS = 2_000;
  private static final String MANIFEST_NEW = "MANIFEST.new";

  final Path directory;
  final StoreOptions options;
  final StoreMetrics metrics = new StoreMetrics();
  final ReadGuard guard = new ReadGuard();
  final Map<Integer, Long> horizons = new ConcurrentHashMap<>();
  final EntryFilters filters = new EntryFilters();
  private final String namePrefix = UUID.randomUUID().toString();
  private final AtomicLong nextRun = new AtomicLong();

  private final ReentrantLock flushLock = new ReentrantLock();
  private final ReentrantLock compactionLock = new ReentrantLock();
  private final ReentrantLock installLock = new ReentrantLock();
  private final Object viewLock = new Object();
  private final AtomicBoolean flushScheduled = new AtomicBoolean();
  private final AtomicBoolean compactionScheduled = new AtomicBoolean();
  private volatile boolean closing;
  private volatile StoreView view;

  /** Keyspaces that are read by key only, as a rule; see {@link LearnedStore#readByKey}. */
  private KeyspaceSet loose = KeyspaceSet.EMPTY;

  /** Who wrote last. Others may see a stale value, but never themselves. */
  private @Nullable Thread writer;

  /** Number of runs at which the writer stalls. */
  private int runCountMax;

  StoreCore(Path directory, StoreOptions options) {
    this.directory = directory;
    this.options = options;
    this.view = new StoreView(newMemtable(), List.of(), List.of(), false, null);
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
    return new Memtable(options.arenaAllocator(), (int) memtableBytesMax());
  }

  /** The size at which the memtable is frozen: of the memory allowed, one of four parts. */
  long memtableBytesMax() {
    return Math.min(
        options.memtableBytes(),
        Math.max(MEMTABLE_BYTES_MIN, options.arenaAllocator().bytesMax() / MEMTABLE_PARTS));
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
        awaitReaders();
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
    return RunFile.open(options.files(), path, metrics);
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
    runCountMax = runs.size() + RUN_COUNT_PER_TRIGGER * options.compactionTrigger();
    synchronized (viewLock) {
      view = new StoreView(view.active(), List.of(), runs, false, null);
    }
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
      StoreView next = step.apply(view);
      view = next;
      return next;
    }
  }

  /** Publishes a view with other runs, and its manifest. */
  private void install(UnaryOperator<StoreView> step) throws IOException {
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
   * flushes while {@code frozenMax} memtables are frozen, and compacts while there are too many
   * runs. So it waits, and at worst does the work itself.
   */
  void makeRoom(int frozenMax) {
    if (view.frozen().size() < frozenMax && view.runs().size() < runCountMax) {
      return;
    }
    long start = System.nanoTime();
    try {
      while (view.frozen().size() >= frozenMax) {
        flushOldest(frozenMax);
      }
      while (view.runs().size() >= runCountMax) {
        compactOnce(runCountMax);
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
    scheduleCompaction();
  }

  // Flushing.

  private void scheduleFlush() {
    schedule(flushScheduled, this::flushAll);
  }

  private void scheduleCompaction() {
    schedule(compactionScheduled, this::compactAll);
  }

  private interface Work {
    void run() throws IOException;
  }

  private void schedule(AtomicBoolean scheduled, Work work) {
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
    awaitReaders();
  }

  /**
   * Gives up what was replaced, once its readers have left. Not for ever: with many readers that
   * may take until the next flush.
   */
  private void awaitReaders() {
    for (int i = 0; i < READER_POLLS_MAX && !guard.poll(); i++) {
      LockSupport.parkNanos(READER_POLL_NANOS);
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
    if (pick(view.runs()) != null) {
      scheduleCompaction();
    }
    return true;
  }

  private @Nullable RunFile write(Memtable memtable, List<RunHandle> older) throws IOException {
    Map<Integer, Long> frozenHorizons = memtable.frozenHorizons();
    return writeRun(
        memtable.entryCount(),
        merger -> {
          for (long section = memtable.nextSection(-1);
              section >= 0;
              section = memtable.nextSection(section)) {
            long horizon = frozenHorizons.getOrDefault(Section.keyspace(section), 0L);
            merger.write(
                section, memtable.cursor(section, null), horizon, !anyShows(older, section));
          }
        });
  }

  private interface RunContent {
    void writeTo(RunMerger merger) throws IOException;
  }

  /** Writes a run file and opens it; null if it would be empty. Leaves no file if it fails. */
  private @Nullable RunFile writeRun(long keyCountMax, RunContent content) throws IOException {
    Path path =
        directory.resolve(namePrefix + "-" + nextRun.getAndIncrement() + RunFormat.FILE_SUFFIX);
    boolean complete = false;
    try {
      try (RunWriter writer = new RunWriter(path, options, keyCountMax)) {
        content.writeTo(new RunMerger(writer, () -> closing, filters, metrics));
        if (writer.entryCount() > 0) {
          writer.finish();
          complete = true;
        }
      }
      return complete ? openRun(path) : null;
    } catch (IOException | RuntimeException | Error e) {
      complete = false;
      throw e;
    } finally {
      if (!complete) {
        deleteQuietly(path);
      }
    }
  }

  /** For a file that is not in use; one left over is deleted when the directory is next opened. */
  private void deleteQuietly(Path path) {
    try {
      options.files().deleteIfExists(path);
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(StoreCore.class).warn("cannot delete {}", path, e);
    }
  }

  private static boolean anyShows(List<RunHandle> runs, long section) {
    for (RunHandle run : runs) {
      if (run.file().section(section) != null && run.shows(section)) {
        return true;
      }
    }
    return false;
  }

  // Compaction.

  private CompactionPolicy.@Nullable Range pick(List<RunHandle> runs) {
    return CompactionPolicy.pick(
        runs.stream().mapToLong(run -> run.file().length()).toArray(),
        options.compactionTrigger(),
        options.compactionSizeRatioPercent());
  }

  private void compactAll() throws IOException {
    boolean more = true;
    while (more && !closing) {
      more = compactOnce(0);
      awaitReaders();
    }
  }

  /**
   * Compacts once, if that is due and there are {@code runCountMin} runs or more.
   *
   * @return whether it did
   */
  private boolean compactOnce(int runCountMin) throws IOException {
    compactionLock.lock();
    try {
      view.checkUsable();
      removeInvisible();
      CompactionPolicy.Range range = pick(view.runs());
      if (range == null || view.runs().size() < runCountMin) {
        return false;
      }
      compact(range);
      return true;
    } finally {
      compactionLock.unlock();
    }
  }

  /** Merges all runs into one. */
  void compactFully() throws IOException {
    compactionLock.lock();
    try {
      int runCount = view.runs().size();
      if (runCount > 0) {
        compact(new CompactionPolicy.Range(0, runCount));
      }
    } finally {
      compactionLock.unlock();
    }
  }

  private void compact(CompactionPolicy.Range range) throws IOException {
    List<RunHandle> runs = view.runs();
    List<RunHandle> inputs = runs.subList(range.from(), range.to());
    List<RunHandle> older = runs.subList(range.to(), runs.size());
    RunFile output = merge(inputs, older);
    metrics.compactions.increment();
    inputs.forEach(input -> metrics.compactedBytesRead.add(input.file().length()));
    if (output != null) {
      metrics.compactedBytesWritten.add(output.length());
    }
    replace(inputs, output);
  }

  private @Nullable RunFile merge(List<RunHandle> inputs, List<RunHandle> older)
      throws IOException {
    TreeSet<Long> sections = new TreeSet<>();
    long keyCountMax = 0;
    for (RunHandle input : inputs) {
      keyCountMax += input.file().keyCount();
      for (RunSection section : input.file().sections()) {
        if (input.shows(section.section())) {
          sections.add(section.section());
        }
      }
    }
    return writeRun(
        keyCountMax,
        merger -> {
          for (long section : sections) {
            List<EntryCursor> cursors = new ArrayList<>();
            for (RunHandle input : inputs) {
              RunSection found = input.file().section(section);
              if (found != null && input.shows(section)) {
                cursors.add(input.file().cursor(found, null));
              }
            }
            long horizon = horizons.getOrDefault(Section.keyspace(section), 0L);
            merger.write(section, new MergingCursor(cursors), horizon, !anyShows(older, section));
          }
        });
  }

  /** Removes runs of which nothing is visible any more. */
  private void removeInvisible() throws IOException {
    for (RunHandle run : view.runs()) {
      if (!run.showsAnything()) {
        replace(List.of(run), null);
      }
    }
  }

  private void replace(List<RunHandle> inputs, @Nullable RunFile output) throws IOException {
    boolean installed = false;
    try {
      install(current -> current.withMerged(inputs, output));
      installed = true;
    } finally {
      for (RunHandle input : inputs) {
        if (installed && !isInUse(input.file())) {
          // Only now does no manifest need it.
          input.file().markObsolete();
        }
        guard.retire(input.file()::release);
      }
    }
  }

  /** A restored file may be in the view twice, clipped to different key groups. */
  private boolean isInUse(RunFile file) {
    return view.runs().stream().anyMatch(run -> run.file() == file);
  }

  // Closing.

  /** Ends background work and gives up all resources but those that cursors and checkpoints pin. */
  void close() {
    if (closing) {
      return;
    }
    closing = true;
    flushLock.lock();
    compactionLock.lock();
    try {
      StoreView last = view;
      change(StoreView::withClosed);
      guard.retire(
          () -> {
            last.active().release();
            last.frozen().forEach(frozen -> frozen.memtable().release());
            last.runs().forEach(run -> run.file().release());
          });
    } finally {
      compactionLock.unlock();
      flushLock.unlock();
    }
    // Point reads that are under way are short and start no more.
    while (!guard.poll()) {
      Thread.onSpinWait();
    }
  }
}
