package io.omendb.jobs.txn;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Row, table and name locks, and the newest CSN of each recently written key. Thread-safe; one
 * monitor guards all, and no future completes inside it.
 *
 * <p>Locks are granted first come, first served. A request that would close a cycle of waiting
 * owners fails at once with DEADLOCK_DETECTED: cycles are searched when somebody begins to wait, so
 * none can exist unnoticed. An exclusive request of an owner that shares the lock already goes to
 * the front.
 *
 * <p>A grant says the CSN of the newest commit that wrote the key, 0 where every snapshot in use
 * sees that commit. These CSNs are dropped by {@link #forget} once no snapshot is older; beyond
 * {@code recentKeysMax} keys the oldest go early, and then owners with a snapshot below {@link
 * #forgottenBelow()} cannot know whether a key changed.
 */
final class LockTable {
  /** Keys that are released or forgotten in one go: bounds how long others wait for the table. */
  private static final int RELEASE_CHUNK = 1024;

  private static final int ENTER_SPINS = 200;
  private static final String LOCK_TIMEOUT_REACHED = "canceling statement due to lock timeout";

  /** How a lock is held. */
  enum Mode {
    SHARED,
    EXCLUSIVE
  }

  /** One lockable thing that is held, awaited or recently written. */
  static final class Entry {
    final LockKey key;
    @Nullable LockOwner exclusive;

    // Most locks are on rows, exclusive and awaited by nobody: they get no collections.
    private @Nullable Set<LockOwner> sharing;
    private @Nullable ArrayDeque<Waiter> waiting;
    long newestCsn;

    Entry(LockKey key) {
      this.key = key;
    }

    Collection<LockOwner> shared() {
      return sharing == null ? List.of() : sharing;
    }

    boolean share(LockOwner owner) {
      if (sharing == null) {
        sharing = new HashSet<>();
      }
      return sharing.add(owner);
    }

    boolean unshare(LockOwner owner) {
      return sharing != null && sharing.remove(owner);
    }

    Collection<Waiter> queue() {
      return waiting == null ? List.of() : waiting;
    }

    @Nullable Waiter first() {
      return waiting == null ? null : waiting.peek();
    }

    void enqueue(Waiter waiter, boolean atFront) {
      if (waiting == null) {
        waiting = new ArrayDeque<>();
      }
      if (atFront) {
        waiting.addFirst(waiter);
      } else {
        waiting.addLast(waiter);
      }
    }

    void dequeue(Waiter waiter) {
      if (waiting != null) {
        waiting.remove(waiter);
      }
    }

    boolean unused() {
      return exclusive == null && shared().isEmpty() && queue().isEmpty() && newestCsn == 0;
    }
  }

  /** One request that waits. */
  static final class Waiter {
    final LockOwner owner;
    final Entry entry;
    final Mode mode;
    final CompletableFuture<Long> granted = new CompletableFuture<>();

    Waiter(LockOwner owner, Entry entry, Mode mode) {
      this.owner = owner;
      this.entry = entry;
      this.mode = mode;
    }
  }

  /** The keys that a commit wrote; forgotten from the first on. */
  private static final class Written {
    private final long csn;
    private final List<Entry> entries;
    private int forgotten;

    Written(long csn, List<Entry> entries) {
      this.csn = csn;
      this.entries = entries;
    }
  }

  private final ReentrantLock monitor = new ReentrantLock();
  private final int recentKeysMax;

  @GuardedBy("monitor")
  private final Map<LockKey, Entry> entries = new HashMap<>();

  @GuardedBy("monitor")
  private final ArrayDeque<Written> recent = new ArrayDeque<>();

  @GuardedBy("monitor")
  private int recentKeys;

  @GuardedBy("monitor")
  private @Nullable OmenException failure;

  private volatile long forgottenBelow;

  LockTable(int recentKeysMax) {
    this.recentKeysMax = recentKeysMax;
  }

  /** Snapshots below this CSN may miss that a key they lock was written since. */
  long forgottenBelow() {
    return forgottenBelow;
  }

  /** Locks, waiting if need be; {@code timeoutMs} 0 waits for ever. Returns the newest CSN. */
  long acquire(LockOwner owner, LockKey key, Mode mode, long timeoutMs) {
    CompletableFuture<Long> granted = acquireAsync(owner, key, mode);
    try {
      return timeoutMs > 0 ? granted.get(timeoutMs, TimeUnit.MILLISECONDS) : granted.get();
    } catch (TimeoutException e) {
      return giveUp(
          owner, granted, new OmenException(ErrorCode.LOCK_NOT_AVAILABLE, LOCK_TIMEOUT_REACHED, e));
    } catch (InterruptedException e) {
      // The interrupt was for this wait and ends with it: the session goes on.
      return giveUp(
          owner,
          granted,
          new OmenException(
              ErrorCode.QUERY_CANCELED, "canceling statement due to user request", e));
    } catch (ExecutionException e) {
      throw Failures.of(e);
    }
  }

  /** Locks without blocking; an owner that is released before the grant gets QUERY_CANCELED. */
  CompletableFuture<Long> acquireAsync(LockOwner owner, LockKey key, Mode mode) {
    monitor.lock();
    try {
      if (failure != null) {
        return CompletableFuture.failedFuture(
            new OmenException(failure.code(), String.valueOf(failure.getMessage()), failure));
      }
      if (owner.released) {
        throw new IllegalStateException(owner + " has released its locks");
      }
      Entry entry = entries.computeIfAbsent(key, Entry::new);
      if (grantedAtOnce(entry, owner, mode)) {
        return CompletableFuture.completedFuture(entry.newestCsn);
      }
      Waiter waiter = new Waiter(owner, entry, mode);
      entry.enqueue(waiter, entry.shared().contains(owner));
      owner.waiting.add(waiter);
      if (closesCycle(owner)) {
        removeWaiter(waiter);
        return CompletableFuture.failedFuture(
            new OmenException(
                ErrorCode.DEADLOCK_DETECTED,
                "deadlock detected: %s waits for %s, whose owners wait for %s"
                    .formatted(owner, key, owner)));
      }
      return waiter.granted;
    } finally {
      monitor.unlock();
    }
  }

  /** As the other, but fails with LOCK_NOT_AVAILABLE after {@code timeoutMs}; 0 is never. */
  CompletableFuture<Long> acquireAsync(LockOwner owner, LockKey key, Mode mode, long timeoutMs) {
    CompletableFuture<Long> granted = acquireAsync(owner, key, mode);
    if (timeoutMs > 0 && !granted.isDone()) {
      CompletableFuture<@Nullable Void> timer = new CompletableFuture<>();
      timer.completeOnTimeout(null, timeoutMs, TimeUnit.MILLISECONDS);
      var unusedEnd = timer.thenRun(() -> timedOut(owner, granted));
      var unusedGrant = granted.whenComplete((csn, failure) -> timer.cancel(false));
    }
    return granted;
  }

  private void timedOut(LockOwner owner, CompletableFuture<Long> granted) {
    if (stopWaiting(owner, granted)) {
      granted.completeExceptionally(
          new OmenException(ErrorCode.LOCK_NOT_AVAILABLE, LOCK_TIMEOUT_REACHED));
    }
  }

  /** Whether the owner holds that lock. */
  boolean isHeld(LockOwner owner, LockKey key, Mode mode) {
    monitor.lock();
    try {
      Entry entry = entries.get(key);
      return entry != null && holds(entry, owner, mode);
    } finally {
      monitor.unlock();
    }
  }

  /** Gives back one exclusive lock under which nothing was written. */
  void unlock(LockOwner owner, LockKey key) {
    List<Runnable> wakeUps = new ArrayList<>();
    monitor.lock();
    try {
      Entry entry = entries.get(key);
      if (owner.released || entry == null || entry.exclusive != owner) {
        return;
      }
      entry.exclusive = null;
      // It was taken a moment ago, so it is found at once.
      int last = owner.held.lastIndexOf(entry);
      owner.held.remove(last);
      settle(entry, wakeUps);
    } finally {
      monitor.unlock();
    }
    wakeUps.forEach(Runnable::run);
  }

  /**
   * Locks where that takes no waiting, for the lock or for the table, and returns the newest CSN;
   * -1 where it does.
   */
  long tryAcquire(LockOwner owner, LockKey key, Mode mode) {
    if (!tryEnter()) {
      return -1;
    }
    try {
      if (failure != null || owner.released) {
        return -1;
      }
      Entry entry = entries.computeIfAbsent(key, Entry::new);
      return grantedAtOnce(entry, owner, mode) ? entry.newestCsn : -1;
    } finally {
      monitor.unlock();
    }
  }

  /** Most who are in the table leave it in less time than a change of threads takes. */
  private boolean tryEnter() {
    for (int i = 0; i < ENTER_SPINS; i++) {
      if (monitor.tryLock()) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  private static boolean grantedAtOnce(Entry entry, LockOwner owner, Mode mode) {
    if (holds(entry, owner, mode)) {
      return true;
    }
    boolean upgrade = entry.shared().contains(owner);
    if ((entry.queue().isEmpty() || upgrade) && grantable(entry, owner, mode)) {
      grant(entry, owner, mode);
      return true;
    }
    return false;
  }

  /** Gives {@code to} a share of those locks that {@code from} shares; waits for nobody. */
  void share(LockOwner from, LockOwner to, List<LockKey> keys) {
    monitor.lock();
    try {
      for (LockKey key : keys) {
        Entry entry = entries.get(key);
        if (entry != null && entry.shared().contains(from) && entry.share(to)) {
          to.held.add(entry);
        }
      }
    } finally {
      monitor.unlock();
    }
  }

  private static boolean holds(Entry entry, LockOwner owner, Mode mode) {
    return entry.exclusive == owner || (mode == Mode.SHARED && entry.shared().contains(owner));
  }

  private static boolean grantable(Entry entry, LockOwner owner, Mode mode) {
    if (entry.exclusive != null) {
      return entry.exclusive == owner;
    }
    return mode == Mode.SHARED
        || entry.shared().isEmpty()
        || (entry.shared().size() == 1 && entry.shared().contains(owner));
  }

  private static void grant(Entry entry, LockOwner owner, Mode mode) {
    if (mode == Mode.SHARED) {
      entry.share(owner);
      owner.held.add(entry);
      return;
    }
    entry.exclusive = owner;
    if (!entry.unshare(owner)) {
      owner.held.add(entry);
    }
  }

  @GuardedBy("monitor")
  private void removeWaiter(Waiter waiter) {
    waiter.entry.dequeue(waiter);
    waiter.owner.waiting.remove(waiter);
  }

  /** Whether some chain of "waits for" leads from {@code start} back to it. */
  private static boolean closesCycle(LockOwner start) {
    Set<LockOwner> seen = new HashSet<>();
    ArrayDeque<LockOwner> todo = new ArrayDeque<>();
    todo.add(start);
    while (!todo.isEmpty()) {
      for (Waiter waiter : todo.remove().waiting) {
        for (LockOwner blocker : blockers(waiter)) {
          if (blocker == start) {
            return true;
          }
          if (seen.add(blocker)) {
            todo.add(blocker);
          }
        }
      }
    }
    return false;
  }

  private static List<LockOwner> blockers(Waiter waiter) {
    List<LockOwner> blockers = new ArrayList<>();
    Entry entry = waiter.entry;
    if (entry.exclusive != null) {
      blockers.add(entry.exclusive);
    }
    if (waiter.mode == Mode.EXCLUSIVE) {
      blockers.addAll(entry.shared());
    }
    for (Waiter before : entry.queue()) {
      if (before == waiter) {
        break;
      }
      blockers.add(before.owner);
    }
    blockers.removeIf(b -> b == waiter.owner);
    return blockers;
  }

  /** Stops waiting, unless the grant came first. */
  private long giveUp(LockOwner owner, CompletableFuture<Long> granted, OmenException reason) {
    boolean waited = stopWaiting(owner, granted);
    if (!waited && reason.code() == ErrorCode.LOCK_NOT_AVAILABLE) {
      return granted.join();
    }
    throw reason;
  }

  /** Takes a request back; false where it was answered first. */
  private boolean stopWaiting(LockOwner owner, CompletableFuture<Long> granted) {
    List<Runnable> wakeUps = new ArrayList<>();
    boolean waited = false;
    monitor.lock();
    try {
      for (Waiter waiter : List.copyOf(owner.waiting)) {
        if (waiter.granted == granted) {
          removeWaiter(waiter);
          settle(waiter.entry, wakeUps);
          waited = true;
        }
      }
    } finally {
      monitor.unlock();
    }
    wakeUps.forEach(Runnable::run);
    return waited;
  }

  /** Grants what can be granted now and drops an entry that nobody needs. */
  @GuardedBy("monitor")
  private void settle(Entry entry, List<Runnable> wakeUps) {
    Waiter first = entry.first();
    while (first != null && grantable(entry, first.owner, first.mode)) {
      Waiter next = first;
      removeWaiter(next);
      grant(entry, next.owner, next.mode);
      long newestCsn = entry.newestCsn;
      wakeUps.add(() -> next.granted.complete(newestCsn));
      first = entry.first();
    }
    if (entry.unused()) {
      entries.remove(entry.key);
    }
  }

  /**
   * Releases all of an owner's locks, once. {@code committedCsn} becomes the newest CSN of every
   * key that it locked exclusively; 0 if it wrote nothing.
   */
  void release(LockOwner owner, long committedCsn) {
    List<Entry> held;
    List<Waiter> waiting;
    monitor.lock();
    try {
      if (owner.released) {
        return;
      }
      owner.released = true;
      waiting = List.copyOf(owner.waiting);
      held = owner.held;
    } finally {
      monitor.unlock();
    }
    for (Waiter waiter : waiting) {
      cancel(waiter);
    }
    List<Entry> written = new ArrayList<>();
    for (int from = 0; from < held.size(); from += RELEASE_CHUNK) {
      int to = Math.min(held.size(), from + RELEASE_CHUNK);
      releaseEntries(owner, held.subList(from, to), committedCsn, written);
    }
    if (!written.isEmpty()) {
      remember(new Written(committedCsn, written));
    }
  }

  private void cancel(Waiter waiter) {
    List<Runnable> wakeUps = new ArrayList<>();
    monitor.lock();
    try {
      removeWaiter(waiter);
      settle(waiter.entry, wakeUps);
    } finally {
      monitor.unlock();
    }
    wakeUps.forEach(Runnable::run);
    waiter.granted.completeExceptionally(
        new OmenException(ErrorCode.QUERY_CANCELED, "the transaction ended while it waited"));
  }

  private void releaseEntries(
      LockOwner owner, List<Entry> held, long committedCsn, List<Entry> written) {
    List<Runnable> wakeUps = new ArrayList<>();
    monitor.lock();
    try {
      for (Entry entry : held) {
        if (entry.exclusive == owner) {
          entry.exclusive = null;
          if (committedCsn > 0) {
            entry.newestCsn = committedCsn;
            written.add(entry);
          }
        }
        entry.unshare(owner);
        settle(entry, wakeUps);
      }
    } finally {
      monitor.unlock();
    }
    wakeUps.forEach(Runnable::run);
  }

  private void remember(Written written) {
    monitor.lock();
    try {
      recent.add(written);
      recentKeys += written.entries.size();
    } finally {
      monitor.unlock();
    }
    boolean more = true;
    while (more) {
      monitor.lock();
      try {
        more = recentKeys > recentKeysMax && !recent.isEmpty();
        if (more) {
          forgottenBelow = Math.max(forgottenBelow, recent.getFirst().csn);
          forgetSomeOfOldest();
        }
      } finally {
        monitor.unlock();
      }
    }
  }

  /** Forgets the CSNs of keys that were not written since {@code csn}. */
  void forget(long csn) {
    boolean more = true;
    while (more) {
      monitor.lock();
      try {
        more = !recent.isEmpty() && recent.getFirst().csn <= csn;
        if (more) {
          forgetSomeOfOldest();
        }
      } finally {
        monitor.unlock();
      }
    }
  }

  @GuardedBy("monitor")
  private void forgetSomeOfOldest() {
    Written oldest = recent.getFirst();
    int end = Math.min(oldest.entries.size(), oldest.forgotten + RELEASE_CHUNK);
    for (Entry entry : oldest.entries.subList(oldest.forgotten, end)) {
      if (entry.newestCsn == oldest.csn) {
        entry.newestCsn = 0;
        if (entry.unused()) {
          entries.remove(entry.key, entry);
        }
      }
    }
    recentKeys -= end - oldest.forgotten;
    oldest.forgotten = end;
    if (end == oldest.entries.size()) {
      recent.removeFirst();
    }
  }

  /** Makes every waiting and every later request fail. */
  void fail(OmenException reason) {
    List<Waiter> waiting = new ArrayList<>();
    monitor.lock();
    try {
      failure = reason;
      for (Entry entry : entries.values()) {
        waiting.addAll(entry.queue());
      }
      for (Waiter waiter : waiting) {
        removeWaiter(waiter);
      }
    } finally {
      monitor.unlock();
    }
    for (Waiter waiter : waiting) {
      waiter.granted.completeExceptionally(
          new OmenException(reason.code(), String.valueOf(reason.getMessage()), reason));
    }
  }

  /** Requests that wait. */
  int waitingCount() {
    monitor.lock();
    try {
      return entries.values().stream().mapToInt(entry -> entry.queue().size()).sum();
    } finally {
      monitor.unlock();
    }
  }

  /** Entries in the table, for tests and metrics. */
  int size() {
    monitor.lock();
    try {
      return entries.size();
    } finally {
      monitor.unlock();
    }
  }
}
