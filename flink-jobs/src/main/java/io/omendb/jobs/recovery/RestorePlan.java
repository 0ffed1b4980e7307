package io.omendb.jobs.recovery;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a start restores from.
 *
 * @param checkpoint the checkpoint's directory; empty: the commit log from its beginning
 * @param logPosition where the commit log is read from
 * @param logEnd where it ends; everything before was or may have been acknowledged
 * @param passedOver why newer checkpoints are not used, a sentence each
 */
public record RestorePlan(
    Optional<Path> checkpoint, long logPosition, long logEnd, List<String> passedOver) {
  public RestorePlan {
    passedOver = List.copyOf(passedOver);
  }
}
