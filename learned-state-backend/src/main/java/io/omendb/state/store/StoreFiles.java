package io.omendb.state.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The few file operations that a store needs. Injected, so that tests can make any write, sync or
 * rename fail. Thread-safe; {@link Output} is confined to one thread, {@link Input} is not.
 */
public interface StoreFiles {

  /** The local file system. */
  static StoreFiles local() {
    return LocalStoreFiles.DURABLE;
  }

  /**
   * The local file system, syncing nothing: for directories that nobody reads again after a crash
   * of the machine.
   */
  static StoreFiles localScratch() {
    return LocalStoreFiles.SCRATCH;
  }

  void createDirectories(Path directory) throws IOException;

  /** Creates a file that must not exist yet. */
  Output create(Path file) throws IOException;

  Input open(Path file) throws IOException;

  /** The file names in a directory, in no particular order. */
  List<String> list(Path directory) throws IOException;

  boolean exists(Path file);

  /** Replaces {@code target} atomically. */
  void rename(Path source, Path target) throws IOException;

  void deleteIfExists(Path file) throws IOException;

  /** Makes {@code source}'s bytes available as {@code target}: a hard link, or else a copy. */
  void linkOrCopy(Path source, Path target) throws IOException;

  /** Makes creations, renames and deletions in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /** A file being written, front to back. */
  interface Output extends Closeable {

    /** Writes all remaining bytes. */
    void write(ByteBuffer bytes) throws IOException;

    /** Makes all that was written durable. */
    void sync() throws IOException;
  }

  /** A file being read at any position, by any number of threads. */
  interface Input extends Closeable {

    long length() throws IOException;

    /**
     * Fills {@code target} from {@code position}. An interrupted thread completes its read and
     * stays interrupted.
     *
     * @throws java.io.EOFException if the file ends before
     */
    void readFully(long position, ByteBuffer target) throws IOException;

    /**
     * Reads {@code length} bytes without leaving them in the operating system's cache.
     *
     * @param target a direct buffer whose address is a multiple of {@link #ALIGNMENT}, with room
     *     for the bytes and twice that; its position and limit are changed
     * @return where in {@code target} the bytes begin; -1 if files cannot be read so
     */
    int readUncached(long position, int length, ByteBuffer target) throws IOException;

    /** Device blocks are of this size, or of one that divides it. */
    int ALIGNMENT = 4096;

    /**
     * Bytes of the file in memory, read-only and big-endian, without copying them. They may be read
     * until this is closed; reading them later would end the JVM.
     */
    ByteBuffer map(long position, int length) throws IOException;

    /**
     * Whether a part of a mapping is in memory, so that reading it would not wait for the device.
     */
    boolean isResident(ByteBuffer mapping, int start, int length);
  }
}
