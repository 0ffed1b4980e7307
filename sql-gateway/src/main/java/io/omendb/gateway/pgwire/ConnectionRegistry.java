package io.omendb.gateway.pgwire;

import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections that have, or are about to have, a session: their number, and who may cancel
 * whom. Thread-safe.
 */
final class ConnectionRegistry {
  private final SecureRandom random = new SecureRandom();
  private final AtomicInteger lastProcessId = new AtomicInteger();
  private final Map<Integer, Entry> entries = new ConcurrentHashMap<>();
  private final Semaphore slots;

  private record Entry(int secretKey, Runnable cancel) {}

  /** What BackendKeyData tells the client. */
  record Key(int processId, int secretKey) {}

  ConnectionRegistry(int connectionsMax) {
    this.slots = new Semaphore(connectionsMax);
  }

  boolean tryEnter() {
    return slots.tryAcquire();
  }

  /** Once per successful {@link #tryEnter}. */
  void leave() {
    slots.release();
  }

  Key register(Runnable cancel) {
    int secretKey = random.nextInt();
    while (true) {
      // Positive, since clients show it; after 2^31 connections numbers that are in use are passed
      // over.
      int processId = lastProcessId.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
      if (entries.putIfAbsent(processId, new Entry(secretKey, cancel)) == null) {
        return new Key(processId, secretKey);
      }
    }
  }

  void unregister(Key key) {
    entries.remove(key.processId());
  }

  /** Cancels what that connection runs; nothing where the key is wrong. */
  void cancel(int processId, int secretKey) {
    Entry entry = entries.get(processId);
    if (entry != null && entry.secretKey() == secretKey) {
      entry.cancel().run();
    }
  }

  /** Connections registered now. */
  int size() {
    return entries.size();
  }
}
