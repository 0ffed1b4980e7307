package io.omendb.jobs.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Files of a machine that may lose its power at any moment, and then keeps no more than it has to:
 * of a file the bytes of its last sync, of a directory the entries of its last sync. {@link
 * #survivors} shows what is left. Thread-safe.
 */
public final class ForgetfulFiles extends ForwardingFiles {

  /** By the file system's key of a file: its bytes when it was synced last. */
  private final Map<Object, byte[]> syncedBytes = new HashMap<>();

  /**
   * By the file system's key of a directory: the keys of its entries, by name, at its last sync.
   */
  private final Map<Object, Map<String, Object>> syncedEntries = new HashMap<>();

  private final Map<Object, Boolean> isDirectory = new HashMap<>();

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Writes what a power failure now would leave of {@code directory} to {@code target}. */
  public synchronized void survivors(Path directory, Path target) throws IOException {
    survivors(key(directory), target);
  }

  private void survivors(Object directory, Path target) throws IOException {
    Files.createDirectories(target);
    for (Map.Entry<String, Object> entry :
        syncedEntries.getOrDefault(directory, Map.of()).entrySet()) {
      Path path = target.resolve(entry.getKey());
      if (isDirectory.getOrDefault(entry.getValue(), false)) {
        survivors(entry.getValue(), path);
      } else {
        Files.write(path, syncedBytes.getOrDefault(entry.getValue(), new byte[0]));
      }
    }
  }

  private final class ForgetfulFile extends ForwardingFile {
    /** It stays the same when the file is renamed while it is open. */
    private final Object key;

    ForgetfulFile(Path path, LogFile file) throws IOException {
      super(file);
      this.key = ForgetfulFiles.key(path);
    }

    @Override
    public void force() throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      synchronized (ForgetfulFiles.this) {
        syncedBytes.put(key, bytes.array());
      }
    }
  }

  @Override
  public LogFile create(Path file) throws IOException {
    // A new file, so that the bytes of a former one of this name are not taken for its own.
    Files.deleteIfExists(file);
    return new ForgetfulFile(file, LOCAL.create(file));
  }

  @Override
  public LogFile openForWrite(Path file) throws IOException {
    return new ForgetfulFile(file, LOCAL.openForWrite(file));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    Map<String, Object> entries = new TreeMap<>();
    synchronized (this) {
      try (Stream<Path> paths = Files.list(directory)) {
        for (Path path : (Iterable<Path>) paths::iterator) {
          Object key = key(path);
          entries.put(String.valueOf(path.getFileName()), key);
          isDirectory.put(key, Files.isDirectory(path));
        }
      }
      syncedEntries.put(key(directory), entries);
    }
  }
}
