package io.omendb.gateway.session;

import io.omendb.gateway.oltp.CancelToken;
import org.jspecify.annotations.Nullable;

/**
 * The statement that a session runs now, for those who may end it: a cancel request or a timeout.
 * Thread-safe.
 */
final class RunningStatement {
  private @Nullable Thread thread;
  private @Nullable CancelToken token;

  /** The statement's own thread: it runs from here. */
  synchronized void begin(CancelToken started) {
    thread = Thread.currentThread();
    token = started;
  }

  /** The statement's own thread: nothing ends it any more; a late interrupt is taken back. */
  synchronized void end() {
    boolean interrupted = token != null && token.isCancelled();
    thread = null;
    token = null;
    if (interrupted) {
      Thread.interrupted();
    }
  }

  /** Ends what runs now, if something does. */
  synchronized void cancel(String reason) {
    if (token != null && thread != null) {
      token.cancel(reason);
      thread.interrupt();
    }
  }

  /** Ends that one statement: now, if it runs, or when it goes on. */
  synchronized void end(CancelToken which, String reason) {
    which.cancel(reason);
    if (token == which) {
      cancel(reason);
    }
  }
}
