package io.omendb.state.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives up several things, all of them, whatever goes wrong with one. */
final class Releases {

  private Releases() {}

  /** Runs all; then throws what the first that failed has thrown. */
  static void runAll(List<? extends Runnable> releases) {
    Throwable failure = null;
    for (Runnable release : releases) {
      try {
        release.run();
      } catch (RuntimeException | Error e) {
        failure = withSuppressed(failure, e);
      }
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private static Throwable withSuppressed(@Nullable Throwable first, Throwable next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
