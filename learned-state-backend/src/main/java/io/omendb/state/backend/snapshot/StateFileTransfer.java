package io.omendb.state.backend.snapshot;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StateUtil;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/** Copies between local files and checkpoint storage; every stream can be cancelled. */
public final class StateFileTransfer {

  private static final int BUFFER_BYTES = 64 * 1024;

  private StateFileTransfer() {}

  /** Writes what goes into one checkpoint stream. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Uploads.
   *
   * @param cancellation closes the stream when the snapshot is cancelled
   * @param undo gets an action that discards the uploaded state
   */
  static StreamStateHandle upload(
      Content content,
      CheckpointStreamFactory factory,
      CheckpointedStateScope scope,
      CloseableRegistry cancellation,
      CloseableRegistry undo)
      throws IOException {
    CheckpointStateOutputStream out = factory.createCheckpointStateOutputStream(scope);
    cancellation.registerCloseable(out);
    boolean open = true;
    try {
      content.writeTo(out);
      open = false;
      if (!cancellation.unregisterCloseable(out)) {
        throw new IOException("The snapshot was cancelled");
      }
      StreamStateHandle handle = out.closeAndGetHandle();
      if (handle == null) {
        throw new IOException("Checkpoint storage returned no handle for a state stream");
      }
      undo.registerCloseable(() -> StateUtil.discardStateObjectQuietly(handle));
      return handle;
    } finally {
      if (open && cancellation.unregisterCloseable(out)) {
        out.close();
      }
    }
  }

  static StreamStateHandle upload(
      Path file,
      CheckpointStreamFactory factory,
      CheckpointedStateScope scope,
      CloseableRegistry cancellation,
      CloseableRegistry undo)
      throws IOException {
    return upload(out -> Files.copy(file, out), factory, scope, cancellation, undo);
  }

  /**
   * Makes a file of checkpoint storage available as {@code target}, whose bytes are not changed
   * there: by a hard link if the storage is the same local file system, otherwise by a copy.
   */
  public static void fetch(StreamStateHandle handle, Path target, CloseableRegistry cancellation)
      throws IOException {
    if (!link(handle, target)) {
      download(handle, target, cancellation);
    }
  }

  private static boolean link(StreamStateHandle handle, Path target) {
    if (!(handle instanceof FileStateHandle file)) {
      return false;
    }
    URI uri = file.getFilePath().toUri();
    if (uri.getScheme() != null && !uri.getScheme().equals("file")) {
      return false;
    }
    try {
      Path source = Path.of(uri.getPath());
      // A file that is not what the handle says is left to the copy, which fails as on any storage.
      if (Files.size(source) != handle.getStateSize()) {
        return false;
      }
      Files.createLink(target, source);
      return true;
    } catch (UnsupportedOperationException | IOException e) {
      // Another device, or a file system without links.
      return false;
    }
  }

  @SuppressWarnings("try") // registered for a time, not used
  private static void download(
      StreamStateHandle handle, Path target, CloseableRegistry cancellation) throws IOException {
    try (InputStream in = handle.openInputStream();
        Closeable ignored = cancellation.registerCloseableTemporarily(in);
        OutputStream out = Files.newOutputStream(target)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    }
  }

  @SuppressWarnings("try") // registered for a time, not used
  public static byte[] read(StreamStateHandle handle, CloseableRegistry cancellation)
      throws IOException {
    try (InputStream in = handle.openInputStream();
        Closeable ignored = cancellation.registerCloseableTemporarily(in)) {
      return in.readAllBytes();
    }
  }
}
