package io.omendb.lake;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What goes wrong in the lake, by reason; the message says what to do where somebody can. */
public final class LakeException extends RuntimeException {

  /** Why, and what whoever runs the database can do. */
  public enum Reason {
    /** The lake is at another CSN than the cut's parent. */
    PARENT_MISMATCH(
        "the lake's table is of another history: bring the catalog back to the state that belongs"
            + " to this database, or copy the rows into a new table"),
    /** Somebody else committed to a managed table; publishing stops until an operator decides. */
    FOREIGN_SNAPSHOT(
        "roll the lake's table back to OmenDB's last snapshot with any Iceberg tool; publishing"
            + " then goes on by itself. Or copy the rows into a new table and drop this one"),
    /** The lake has seen a newer coordinator: this committer is a zombie. */
    NEWER_EPOCH(
        "another server publishes to this lake: stop one of the two, or give one a lake of its"
            + " own"),
    /** The lake went past the cut, and its snapshot is no longer retained. */
    CUT_EXPIRED(
        "the lake is ahead of this database: bring the catalog back to the state that belongs to"
            + " it, or copy the rows into a new table"),
    /** A table of that name exists that is not this database's table. */
    FOREIGN_TABLE(
        "rename or drop the other table in the lake's catalog; publishing then goes on by itself"),
    /** The lake's table is gone: somebody else dropped it, or another has taken its name. */
    MISSING_TABLE(
        "register the table in the catalog again from its newest metadata file; or copy the rows"
            + " into a new table and drop this one"),
    /** Somebody else changed a managed table's columns so that rows do not fit any more. */
    FOREIGN_SCHEMA(
        "copy the rows into a new table and drop this one: the lake's table has lost its first"
            + " schema"),
    /** A snapshot that is asked for is not (or no longer) there. */
    NO_SUCH_SNAPSHOT(
        "somebody else expired or replaced the lake's snapshot; the rows are whole in the database:"
            + " read them with SET omendb.route = 'state'"),
    /** A former location that the lake does not have: store and lake are not of one history. */
    INCONSISTENT_LOCATION(
        "the lake's table is of another history: bring the catalog back to the state that belongs"
            + " to this database, or copy the rows into a new table"),
    /** The catalog did not say whether a commit happened, and looking did not help. */
    OUTCOME_UNKNOWN("nothing: it is tried again"),
    /** A file that the lake names is not there. */
    MISSING_FILE(
        "bring the file back; or copy the rows into a new table (SET omendb.route = 'state' reads"
            + " them without the lake) and drop this one"),
    /** A file's bytes are not what was written; the message names file and offset. */
    CORRUPT_FILE(
        "bring an intact copy of the file back; or copy the rows into a new table (SET omendb.route"
            + " = 'state' reads them without the lake) and drop this one"),
    /** A file was written by a newer program. */
    NEWER_FILE_VERSION("run the newer version of OmenDB"),
    /** Catalog or storage failed or cannot be reached. */
    STORAGE("make the lake's catalog and storage reachable; publishing then goes on by itself"),
    /** Anything else that went wrong: a fault of the program. */
    UNEXPECTED("it is tried again; please report it with the server's log");

    private final String advice;

    Reason(String advice) {
      this.advice = advice;
    }

    /** What to do, as the end of a sentence. */
    public String advice() {
      return advice;
    }
  }

  private final Reason reason;

  public LakeException(Reason reason, String message) {
    this(reason, message, null);
  }

  public LakeException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /** What a failed piece of the lake's work says, whatever it threw. */
  public static LakeException of(RuntimeException failure) {
    return failure instanceof LakeException named
        ? named
        : new LakeException(Reason.UNEXPECTED, String.valueOf(failure), failure);
  }

  public Reason reason() {
    return reason;
  }
}
