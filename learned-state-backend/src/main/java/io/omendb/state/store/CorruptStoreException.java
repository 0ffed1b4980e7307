package io.omendb.state.store;

import java.io.IOException;

/** Bytes of a store that are not what was written; the message names the file and the offset. */
public final class CorruptStoreException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String file;
  private final long offset;

  public CorruptStoreException(String file, long offset, String what) {
    super("corrupt store file " + file + " at offset " + offset + ": " + what);
    this.file = file;
    this.offset = offset;
  }

  /** The file's path, or its name where it is not on disk. */
  public String file() {
    return file;
  }

  public long offset() {
    return offset;
  }
}
