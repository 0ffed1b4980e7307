package io.omendb.state.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A consistent, immutable image of a store: run files plus a manifest. The files stay on disk until
 * this is closed, whatever compaction does. File names are unique for ever (never reused, also
 * across restarts and stores), so an uploaded file need never be uploaded again.
 */
public interface StoreCheckpoint extends AutoCloseable {

  /**
   * Writes what was still in memory when the checkpoint was taken; blocking I/O, any thread, call
   * once.
   */
  void materialize() throws IOException;

  /** All run files of the image; valid after {@link #materialize()}. */
  List<Path> files();

  /** The manifest bytes: with {@link #files()}, all that is needed to open the image again. */
  byte[] manifest();

  @Override
  void close();
}
