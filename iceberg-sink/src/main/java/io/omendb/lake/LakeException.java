package io.omendb.lake;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What goes wrong in the lake, by reason; the message says what to do where somebody can. */
public final class LakeException extends RuntimeException {

  /** Why. */
  public enum Reason {
    /** The lake is at another CSN than the cut's parent. */
    PARENT_MISMATCH,
    /** Somebody else committed to a managed table; publishing stops until an operator decides. */
    FOREIGN_SNAPSHOT,
    /** The lake has seen a newer coordinator: this committer is a zombie. */
    NEWER_EPOCH,
    /** The lake went past the cut, and its snapshot is no longer retained. */
    CUT_EXPIRED,
    /** A table of that name exists that is not this database's table. */
    FOREIGN_TABLE,
    /** A snapshot that is asked for is not (or no longer) there. */
    NO_SUCH_SNAPSHOT,
    /** A former location that the lake does not have: store and lake are not of one history. */
    INCONSISTENT_LOCATION,
    /** The catalog did not say whether a commit happened, and looking did not help. */
    OUTCOME_UNKNOWN,
    /** A file's bytes are not what was written; the message names file and offset. */
    CORRUPT_FILE,
    /** A file was written by a newer program. */
    NEWER_FILE_VERSION,
    /** Storage failed. */
    STORAGE
  }

  private final Reason reason;

  public LakeException(Reason reason, String message) {
    this(reason, message, null);
  }

  public LakeException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  public Reason reason() {
    return reason;
  }
}
