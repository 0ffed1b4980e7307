package io.omendb.jobs.recovery;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a start restores from.
 *
 * @param checkpoint the checkpoint's directory; empty: the commit log from its beginning, or lake
 *     and log
 * @param lakeRows how many rows come from the lake, where the log does not have its beginning; else
 *     {@value #NOT_FROM_LAKE}
 * @param logPosition where the commit log is read from
 * @param logEnd where it ends; everything before was or may have been acknowledged
 * @param passedOver why newer checkpoints are not used, a sentence each
 */
public record RestorePlan(
    Optional<Path> checkpoint,
    long lakeRows,
    long logPosition,
    long logEnd,
    List<String> passedOver) {
  static final long NOT_FROM_LAKE = -1;

  public RestorePlan {
    passedOver = List.copyOf(passedOver);
  }

  /** Whether the tables begin as the lake has them. */
  public boolean isFromLake() {
    return lakeRows != NOT_FROM_LAKE;
  }
}
