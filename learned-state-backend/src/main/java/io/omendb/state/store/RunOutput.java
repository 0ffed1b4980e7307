package io.omendb.state.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The run files that one flush or compaction writes: one, or one for each so many bytes of whole
 * key groups. One thread. Closed without {@link #finish()}, it leaves no files.
 */
final class RunOutput implements AutoCloseable {

  private final StoreCore core;
  private final long fileBytes;
  private long keyCountMax;
  private final List<RunFile> finished = new ArrayList<>();
  private @Nullable RunWriter writer;
  private @Nullable Path path;
  private int keyGroup = -1;
  private boolean complete;

  /**
   * @param keyCountMax bound of the distinct keys that will be written
   * @param fileBytes size from which a further key group begins a new file
   */
  RunOutput(StoreCore core, long keyCountMax, long fileBytes) {
    this.core = core;
    this.keyCountMax = keyCountMax;
    this.fileBytes = fileBytes;
  }

  /** Appends the current entry of {@code cursor}, which is behind all entries before. */
  void append(long section, EntryCursor cursor) throws IOException {
    RunWriter current = writer;
    if (current != null
        && current.bytesWritten() >= fileBytes
        && Section.keyGroup(section) != keyGroup) {
      finishFile(current);
      current = null;
    }
    if (current == null) {
      Path next = core.newRunPath();
      path = next;
      current = new RunWriter(next, core.options, keyCountMax);
      writer = current;
    }
    keyGroup = Section.keyGroup(section);
    current.append(section, cursor);
  }

  private void finishFile(RunWriter current) throws IOException {
    keyCountMax -= current.keyCount();
    current.finish();
    current.close();
    writer = null;
    Path written = path;
    if (written != null) {
      finished.add(core.openRun(written));
      path = null;
    }
  }

  /**
   * The files, open, in the order of their key groups; the caller takes over a reference to each.
   */
  List<RunFile> finish() throws IOException {
    if (writer != null) {
      finishFile(writer);
    }
    complete = true;
    return finished;
  }

  @Override
  public void close() throws IOException {
    if (complete) {
      return;
    }
    complete = true;
    try {
      if (writer != null) {
        writer.close();
      }
    } finally {
      if (path != null) {
        core.deleteQuietly(path);
      }
      for (RunFile file : finished) {
        file.markObsolete();
        file.release();
      }
    }
  }
}
