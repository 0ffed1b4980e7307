package io.omendb.jobs.recovery;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogInspection;
import io.omendb.jobs.log.LogState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what a database is restored from, before anything uses it: the newest sealed checkpoint
 * that is whole and from which the commit log goes on, else an older one, else the log from its
 * beginning, else a checkpoint that was never sealed, else lake and log as far as they reach
 * together, else nothing: a refusal that names what is missing. So a start never ends below a
 * commit that was acknowledged.
 *
 * <p>{@link #plan} changes nothing. For one thread, while no job runs on the database.
 */
public final class StartCheck {
  private static final Logger LOG = LoggerFactory.getLogger(StartCheck.class);

  /** Bytes of state that are read to check them: well below a second's reading. */
  private static final long CHECKED_BYTES_MAX = 256L << 20;

  private final LogFileSystem files;
  private final Path logDirectory;
  private final Path root;
  private final CheckpointSeals seals;
  private final CheckpointLedger ledger;
  private final LakeLook lake;

  /** Looks at what a lake has, without changing anything. */
  public interface LakeLook {

    /**
     * How many rows a database would begin with, by {@link LakeRebuild}, all of them read.
     *
     * @throws OmenException where lake and log do not reach together
     */
    long rows(LogInspection log) throws IOException;
  }

  /**
   * @param logDirectory the commit log's
   * @param root the directory of all checkpoints
   */
  public StartCheck(LogFileSystem files, Path logDirectory, Path root, LakeLook lake) {
    this.lake = lake;
    this.files = files;
    this.logDirectory = logDirectory;
    this.root = root.toAbsolutePath().normalize();
    this.seals = new CheckpointSeals(files, this.root);
    this.ledger = new CheckpointLedger(files, this.root);
  }

  /**
   * Looks at everything and decides.
   *
   * @param refused checkpoints that turned out to be unusable, and why
   * @throws OmenException DATA_CORRUPTED, with a sentence that names what is missing or damaged and
   *     how to go on
   */
  public RestorePlan plan(Map<Path, String> refused) throws IOException {
    LogInspection log = inspectLog();
    List<String> reasons = new ArrayList<>();
    List<SealedCheckpoint> sealed = sealed(log, reasons);
    for (SealedCheckpoint checkpoint : newestFirst(sealed)) {
      Path directory = root.resolve(checkpoint.directory());
      String reason = refused.get(directory);
      reason = reason == null ? seals.damage(checkpoint, CHECKED_BYTES_MAX) : reason;
      reason = reason == null ? unreachable(log, checkpoint.logPosition()) : reason;
      if (reason == null) {
        return new RestorePlan(
            Optional.of(directory),
            RestorePlan.NOT_FROM_LAKE,
            checkpoint.logPosition(),
            log.endPosition(),
            reasons);
      }
      passOver(reasons, directory, reason);
    }
    if (log.beginPosition() == 0) {
      String damage = unreachable(log, 0);
      if (damage != null) {
        throw refusal(reasons, damage);
      }
      return new RestorePlan(
          Optional.empty(), RestorePlan.NOT_FROM_LAKE, 0, log.endPosition(), reasons);
    }
    if (!sealed.isEmpty()) {
      Optional<RestorePlan> unsealed = unsealed(log, sealed, refused, reasons);
      if (unsealed.isPresent()) {
        return unsealed.get();
      }
    }
    return fromLake(log, reasons);
  }

  private RestorePlan fromLake(LogInspection log, List<String> reasons) throws IOException {
    String begins =
        "the commit log in %s begins at position %d only"
            .formatted(logDirectory, log.beginPosition());
    try {
      LogState base = log.base().orElse(null);
      String damage =
          base == null
              ? "the file %s, which says what was before, is missing or does not belong to it"
                  .formatted(logDirectory.resolve("base"))
              : unreachable(log, base.position());
      if (base == null || damage != null) {
        throw new OmenException(ErrorCode.DATA_CORRUPTED, String.valueOf(damage));
      }
      long rows = lake.rows(log);
      LOG.warn("{}; the tables are rebuilt from the lake's {} rows and the log", begins, rows);
      return new RestorePlan(Optional.empty(), rows, base.position(), log.endPosition(), reasons);
    } catch (OmenException e) {
      throw refusal(reasons, begins + ", and " + e.getMessage());
    } catch (IOException | RuntimeException e) {
      // What is not looked at for damage by its readers makes them fail in many ways.
      throw refusal(reasons, begins + ", and the lake cannot be read: " + e.getMessage());
    } catch (OutOfMemoryError e) {
      throw refusal(reasons, begins + ", and the lake cannot be read: a length in it is too large");
    }
  }

  private static void passOver(List<String> reasons, Path directory, String reason) {
    String sentence = "checkpoint %s cannot be used: %s".formatted(directory, reason);
    LOG.warn("{}", sentence);
    reasons.add(sentence);
  }

  private static List<SealedCheckpoint> newestFirst(List<SealedCheckpoint> checkpoints) {
    List<SealedCheckpoint> sorted = new ArrayList<>(checkpoints);
    sorted.sort(
        Comparator.comparingLong(SealedCheckpoint::logPosition)
            .thenComparingLong(SealedCheckpoint::checkpointId)
            .reversed());
    return sorted;
  }

  /** What the list of sealed checkpoints says; why it says nothing goes to {@code reasons}. */
  private List<SealedCheckpoint> sealed(LogInspection log, List<String> reasons)
      throws IOException {
    try {
      CheckpointLedger.@Nullable Content content = ledger.read();
      if (content != null) {
        return content.checkpoints();
      }
      if (log.beginPosition() > 0) {
        // The log is trimmed only after the list was written.
        reasons.add(
            "the list of checkpoints is missing (%s and %s)"
                .formatted(
                    root.resolveSibling(CheckpointLedger.NAME_BESIDE),
                    root.resolve(CheckpointLedger.NAME_INSIDE)));
      }
    } catch (OmenException e) {
      reasons.add(String.valueOf(e.getMessage()));
    }
    return List.of();
  }

  /**
   * The newest checkpoint that was completed but never sealed, where none that was sealed can be
   * used: sealing may have failed for long, and Flink has discarded older ones meanwhile. It must
   * be newer than those that were sealed; what else lies about may be anything.
   */
  private Optional<RestorePlan> unsealed(
      LogInspection log,
      List<SealedCheckpoint> sealed,
      Map<Path, String> refused,
      List<String> reasons)
      throws IOException {
    long newestSealed =
        sealed.stream().mapToLong(SealedCheckpoint::checkpointId).max().orElse(Long.MAX_VALUE);
    Set<Path> looked = new HashSet<>();
    sealed.forEach(checkpoint -> looked.add(root.resolve(checkpoint.directory())));
    RestorePlan newest = null;
    for (Path directory : complete()) {
      if (looked.add(directory)) {
        String reason = refused.get(directory);
        long position = 0;
        if (reason == null) {
          try {
            CheckpointContents contents = CheckpointContents.read(directory);
            position = contents.logPosition();
            reason =
                contents.checkpointId() > newestSealed
                    ? seals.damage(contents)
                    : "it is older than sealed ones and was never sealed";
            reason = reason == null ? unreachable(log, position) : reason;
          } catch (IOException e) {
            reason = String.valueOf(e.getMessage());
          }
        }
        if (reason != null) {
          passOver(reasons, directory, reason);
        } else if (newest == null || newest.logPosition() < position) {
          newest =
              new RestorePlan(
                  Optional.of(directory),
                  RestorePlan.NOT_FROM_LAKE,
                  position,
                  log.endPosition(),
                  reasons);
        }
      }
    }
    return Optional.ofNullable(newest);
  }

  /** Why the log does not go on from {@code position} to its end; null where it does. */
  private static @Nullable String unreachable(LogInspection log, long position) throws IOException {
    if (position < log.beginPosition()) {
      return "it needs the commit log from position %d, and that begins at %d"
          .formatted(position, log.beginPosition());
    }
    if (position > log.endPosition()) {
      return "it is at position %d of the commit log, and that ends at %d"
          .formatted(position, log.endPosition());
    }
    try {
      log.verify(position);
      return null;
    } catch (OmenException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private LogInspection inspectLog() throws IOException {
    try {
      return LogInspection.of(logDirectory, files);
    } catch (OmenException e) {
      throw refusal(List.of(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw refusal(
          List.of(), "the commit log in %s cannot be read: %s".formatted(logDirectory, e));
    }
  }

  private static OmenException refusal(List<String> reasons, String last) {
    List<String> all = new ArrayList<>(reasons);
    all.add(last);
    return new OmenException(
        ErrorCode.DATA_CORRUPTED,
        "the database cannot be restored to its last commit: %s. Nothing was changed. Put the named files back, from a backup or from where they went, and start again; the lake has the tables as of their last cuts and can be read by any Iceberg engine meanwhile"
            .formatted(String.join("; ", all)));
  }

  /** Names of the tables that the lake has, as the log says at its end. */
  public List<String> publishedTables(RestorePlan plan) throws IOException {
    LogInspection log = inspectLog();
    LogState base = new LogState(plan.logPosition());
    if (plan.checkpoint().isPresent()) {
      LogSplit split = CheckpointContents.read(plan.checkpoint().get()).split();
      base = split.state() == null ? base : split.stateOrThrow();
    } else if (plan.isFromLake()) {
      base = log.base().orElse(base);
    }
    LogState end = log.fold(base);
    List<String> names = new ArrayList<>();
    end.lake()
        .forEach(
            (tableId, lake) -> {
              if (lake.snapshotCsn() >= 0) {
                end.catalog().table(tableId).ifPresent(table -> names.add(table.name()));
              }
            });
    return names;
  }

  /** Directories of checkpoints that Flink has completed: it puts their metadata there last. */
  private List<Path> complete() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(root, 3)) {
      return paths
          .filter(path -> path.endsWith(CheckpointContents.METADATA) && Files.isRegularFile(path))
          .map(path -> Objects.requireNonNull(path.getParent()))
          .toList();
    }
  }

  /**
   * To be called before a job restores that plan: forgets checkpoints that are newer than what is
   * restored, since they are damaged. Returns the files that are still needed.
   */
  public Set<Path> adopt(RestorePlan plan) throws IOException {
    CheckpointLedger.@Nullable Content content = readLedgerOrNull();
    CheckpointLedger.Content former = content == null ? CheckpointLedger.Content.NOTHING : content;
    List<SealedCheckpoint> kept = new ArrayList<>();
    Set<Path> needed = new HashSet<>();
    for (SealedCheckpoint sealed : former.checkpoints()) {
      Path directory = root.resolve(sealed.directory());
      if (plan.isFromLake()) {
        continue; // rows without a primary key now have other keys than in it
      }
      if (plan.checkpoint().filter(directory::equals).isPresent()
          || (sealed.logPosition() <= plan.logPosition() && seals.damage(sealed, 0) == null)) {
        kept.add(sealed);
        sealed.files().forEach(file -> needed.add(root.resolve(file.path())));
      }
    }
    if (plan.checkpoint().isPresent()) {
      needed.addAll(CheckpointContents.read(plan.checkpoint().get()).files().keySet());
    }
    if (!Files.isDirectory(root)) {
      Files.createDirectories(root);
      files.syncDirectory(Objects.requireNonNull(root.getParent()));
    }
    if (content == null || kept.size() < former.checkpoints().size()) {
      ledger.write(new CheckpointLedger.Content(former.sequence() + 1, kept));
    }
    return needed;
  }

  private CheckpointLedger.@Nullable Content readLedgerOrNull() throws IOException {
    try {
      return ledger.read();
    } catch (OmenException e) {
      LOG.warn("The list of checkpoints is made anew", e);
      return null;
    }
  }

  /**
   * The database serves: deletes what former jobs have left of checkpoints, except for {@code
   * needed} and for the running job's own directory.
   */
  public void deleteAllBut(Set<Path> needed, Path jobDirectory) throws IOException {
    Path own = jobDirectory.toAbsolutePath().normalize();
    Path list = root.resolve(CheckpointLedger.NAME_INSIDE);
    try (Stream<Path> paths = Files.walk(root)) {
      // What is in a directory comes before it.
      for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
        boolean kept =
            path.equals(root)
                || path.startsWith(own)
                || needed.contains(path)
                || path.equals(list)
                || needed.stream().anyMatch(file -> file.startsWith(path));
        if (!kept) {
          delete(path);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Seals the newest checkpoint that a job has completed, where that was not done while it ran.
   * After the job's end.
   */
  public void sealNewest(Path jobDirectory, int keptMax) throws IOException {
    CheckpointLedger.@Nullable Content content = readLedgerOrNull();
    CheckpointLedger.Content former = content == null ? CheckpointLedger.Content.NOTHING : content;
    Path newest = null;
    for (Path directory : complete()) {
      boolean newer = newest == null || number(directory) > number(newest);
      if (directory.startsWith(jobDirectory.toAbsolutePath().normalize()) && newer) {
        newest = directory;
      }
    }
    if (newest == null) {
      return;
    }
    Path found = newest;
    if (former.checkpoints().stream().noneMatch(c -> root.resolve(c.directory()).equals(found))) {
      List<SealedCheckpoint> kept = new ArrayList<>(former.checkpoints());
      kept.add(seals.seal(found, CheckpointSeals.filesOf(kept)));
      while (kept.size() > keptMax) {
        kept.remove(0);
      }
      ledger.write(new CheckpointLedger.Content(former.sequence() + 1, kept));
    }
  }

  /** Of {@code chk-7}: 7. */
  private static long number(Path directory) {
    String name = String.valueOf(directory.getFileName());
    try {
      return Long.parseLong(name.substring(name.lastIndexOf('-') + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static void delete(Path path) throws IOException {
    try {
      Files.deleteIfExists(path);
    } catch (DirectoryNotEmptyException e) {
      LOG.debug("{} is in use again", path);
    }
  }
}
