package io.omendb.jobs.recovery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.log.CommitLog;
import io.omendb.jobs.log.CommitLog.StateSource;
import io.omendb.jobs.log.LogFileSystem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the checkpoints that a running job completes: makes each durable, notes it in the list of
 * sealed checkpoints, and only then lets the commit log go of what no kept one needs. So after any
 * crash there is a durable checkpoint, an older one in case that is damaged, and the log from the
 * oldest of them on.
 *
 * <p>Thread-safe; the work is done by a thread of its own. What that cannot seal (the disk is full)
 * is tried again with the next checkpoint; the log then is kept meanwhile.
 */
public final class CheckpointKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointKeeper.class);

  /** Checkpoints that the log is not trimmed without. */
  private static final int SEALED_MIN = 2;

  private static final int WAITING_MAX = 4;

  /** Lets the log go of what is before a position; see {@link CommitLog#trim}. */
  public interface LogTrimmer {
    void trim(long position, StateSource known) throws IOException;
  }

  private record Completed(long checkpointId, long neededFrom) {}

  private final Path root;
  private final Path jobDirectory;
  private final int keptMax;
  private final LogTrimmer trimmer;
  private final CheckpointSeals seals;
  private final CheckpointLedger ledger;
  private final Thread thread;

  @GuardedBy("this")
  private final Deque<Completed> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param jobDirectory where Flink puts the job's checkpoints; its parent has those of all jobs
   * @param keptMax how many completed checkpoints Flink retains
   */
  public CheckpointKeeper(LogFileSystem files, Path jobDirectory, int keptMax, LogTrimmer trimmer) {
    Path parent = jobDirectory.toAbsolutePath().normalize().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("expected a directory in another, got " + jobDirectory);
    }
    this.root = parent;
    this.jobDirectory = parent.resolve(jobDirectory.getFileName());
    this.keptMax = keptMax;
    this.trimmer = trimmer;
    this.seals = new CheckpointSeals(files, root);
    this.ledger = new CheckpointLedger(files, root);
    this.thread = new Thread(this::work, "omendb-checkpoints-" + jobDirectory.getFileName());
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * The job has completed a checkpoint. Never blocks.
   *
   * @param neededFrom position of the oldest record that is needed for other reasons than restoring
   */
  public synchronized void completed(long checkpointId, long neededFrom) {
    waiting.addLast(new Completed(checkpointId, neededFrom));
    if (waiting.size() > WAITING_MAX) {
      waiting.removeFirst();
    }
    notifyAll();
  }

  private synchronized @Nullable Completed next() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    return closed ? null : waiting.removeFirst();
  }

  private void work() {
    try {
      for (Completed next = next(); next != null; next = next()) {
        try {
          keep(next);
        } catch (NoSuchFileException e) {
          LOG.info("Checkpoint {} was discarded before it was sealed", next.checkpointId());
        } catch (IOException | RuntimeException e) {
          LOG.warn(
              "Checkpoint {} cannot be made durable; the commit log is kept until a later one can",
              next.checkpointId(),
              e);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("Checkpoint keeper ends", e);
    }
  }

  private void keep(Completed completed) throws IOException {
    CheckpointLedger.@Nullable Content before = ledger.read();
    CheckpointLedger.Content former = before == null ? CheckpointLedger.Content.NOTHING : before;
    List<SealedCheckpoint> kept = new ArrayList<>(former.checkpoints());
    Path directory = jobDirectory.resolve("chk-" + completed.checkpointId());
    kept.add(seals.seal(directory, CheckpointSeals.filesOf(kept)));
    while (kept.size() > keptMax) {
      kept.remove(0);
    }
    ledger.write(new CheckpointLedger.Content(former.sequence() + 1, kept));
    if (kept.size() >= Math.min(SEALED_MIN, keptMax)) {
      SealedCheckpoint oldest =
          kept.stream().min(Comparator.comparingLong(SealedCheckpoint::logPosition)).orElseThrow();
      trimmer.trim(
          Math.min(oldest.logPosition(), completed.neededFrom()),
          () -> CheckpointContents.read(root.resolve(oldest.directory())).split().state());
    }
  }

  /** Waits for what is under way; what waits is left to the next job. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
