package io.omendb.gateway.server;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The server's directory, held by a file lock from opening to closing:
 *
 * <pre>
 *   omendb.properties   format version, database id, shard count, and a checksum of these; written once,
 *                       after all else that a database must have
 *   lock                held by the running server
 *   sealed-checkpoints  which checkpoints are durable and whole
 *   log/                the commit log
 *   lake/               the default Iceberg catalog and its warehouse
 *   checkpoints/        Flink's checkpoints of the runtime job
 *   work/               what a start may delete: local state, spill files
 *   tmp/                likewise: the JVM's java.io.tmpdir, where libraries unpack native code
 *   server.*            pid, addresses, logs
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
  private static final String PROPERTIES = "omendb.properties";
  private static final String CHECKSUM = "checksum";
  private static final int FORMAT_VERSION = 2;
  private static final long FREE_BYTES_MIN = 256L << 20;

  private final Path root;
  private final FileChannel lockChannel;
  private final String databaseId;
  private final int shardCount;

  private DataDirectory(Path root, FileChannel lockChannel, String databaseId, int shardCount) {
    this.root = root;
    this.lockChannel = lockChannel;
    this.databaseId = databaseId;
    this.shardCount = shardCount;
  }

  /** Opens or creates a directory; {@code shardCount} is for a new one. */
  static DataDirectory open(Path root, int shardCount) throws ServerException {
    return open(root, shardCount, LogFileSystem.LOCAL);
  }

  static DataDirectory open(Path root, int shardCount, LogFileSystem files) throws ServerException {
    try {
      createDirectory(root, files);
      FileChannel lockChannel = lock(root);
      try {
        long freeBytes = Files.getFileStore(root).getUsableSpace();
        if (freeBytes < FREE_BYTES_MIN) {
          throw new ServerException(
              "the disk of %s is full: %d MB free, at least %d MB are needed"
                  .formatted(root, freeBytes >> 20, FREE_BYTES_MIN >> 20));
        }
        if (!Files.exists(root.resolve(PROPERTIES))) {
          create(root, shardCount, files);
        }
        Properties properties = read(root.resolve(PROPERTIES));
        return new DataDirectory(
            root,
            lockChannel,
            properties.getProperty("database-id"),
            Integer.parseInt(properties.getProperty("shards")));
      } catch (ServerException | IOException | RuntimeException e) {
        lockChannel.close();
        throw e;
      }
    } catch (IOException | OmenException e) {
      throw new ServerException("cannot use the data directory " + root + ": " + e.getMessage(), e);
    }
  }

  /** Empties what a start may delete. */
  void clearScratch() throws ServerException {
    try {
      for (Path scratch : List.of(work(), root.resolve("tmp"))) {
        deleteTree(scratch);
        Files.createDirectories(scratch);
      }
    } catch (IOException e) {
      throw new ServerException("cannot empty the scratch directories in " + root + ": " + e, e);
    }
  }

  /** Makes a directory, and the ones above it, durably. */
  private static void createDirectory(Path directory, LogFileSystem files) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectory(parent, files);
    }
    Files.createDirectory(directory);
    if (parent != null) {
      files.syncDirectory(parent);
    }
  }

  /**
   * Makes a new database. What it must have comes first and the properties last, so that with them
   * there nothing may be missing, and a creation that was interrupted begins anew.
   */
  private static void create(Path root, int shardCount, LogFileSystem files)
      throws IOException, ServerException {
    Path draft = root.resolve(PROPERTIES + ".new");
    if (!Files.exists(draft)
        && (Files.exists(root.resolve("log")) || Files.exists(root.resolve("checkpoints")))) {
      throw new ServerException(
          "the data directory %s has data but no %s; refusing to guess. Put the file back, from a backup or from where it went"
              .formatted(root, PROPERTIES));
    }
    Map<String, String> values = new TreeMap<>();
    values.put("format-version", Integer.toString(FORMAT_VERSION));
    values.put("database-id", UUID.randomUUID().toString());
    values.put("shards", Integer.toString(shardCount));
    StringBuilder text = new StringBuilder();
    values.forEach((name, value) -> text.append(name + "=" + value + "\n"));
    text.append(CHECKSUM + "=" + checksum(values) + "\n");
    try (LogFile out = files.create(draft)) {
      out.write(StandardCharsets.UTF_8.encode(text.toString()), 0);
      out.force();
    }
    files.syncDirectory(root);
    for (String part : List.of("log", "lake", "checkpoints")) {
      createDirectory(root.resolve(part), files);
    }
    FileCommitLog.create(root.resolve("log"), files);
    files.rename(draft, root.resolve(PROPERTIES));
    files.syncDirectory(root);
  }

  private static String checksum(Map<String, String> values) {
    CRC32C crc = new CRC32C();
    new TreeMap<>(values)
        .forEach(
            (name, value) ->
                crc.update((name + "=" + value + "\n").getBytes(StandardCharsets.UTF_8)));
    return Long.toHexString(crc.getValue());
  }

  private static FileChannel lock(Path root) throws IOException, ServerException {
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new ServerException("the data directory " + root + " is in use by another server");
    }
    return channel;
  }

  private static Properties read(Path file) throws IOException, ServerException {
    Properties properties = new Properties();
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
    } catch (MalformedInputException | IllegalArgumentException e) {
      throw damaged(file, String.valueOf(e.getMessage()), e);
    }
    String version = properties.getProperty("format-version", "none");
    Map<String, String> values = new TreeMap<>();
    for (String name : properties.stringPropertyNames()) {
      if (!name.equals(CHECKSUM)) {
        values.put(name, properties.getProperty(name));
      }
    }
    if (!checksum(values).equals(properties.getProperty(CHECKSUM))) {
      if (version.equals("1")) {
        throw new ServerException(
            "%s has format version 1, this server reads version %d"
                .formatted(file, FORMAT_VERSION));
      }
      throw damaged(file, "its checksum is wrong", null);
    }
    if (!version.equals(Integer.toString(FORMAT_VERSION))) {
      throw new ServerException(
          "%s has format version %s, this server reads version %d"
              .formatted(file, version, FORMAT_VERSION));
    }
    return properties;
  }

  private static ServerException damaged(Path file, String what, @Nullable Exception cause) {
    String message =
        "%s is damaged: %s. Put it back, from a backup or from where it went".formatted(file, what);
    return cause == null ? new ServerException(message) : new ServerException(message, cause);
  }

  private static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    }
  }

  Path root() {
    return root;
  }

  Path log() {
    return root.resolve("log");
  }

  Path lake() {
    return root.resolve("lake");
  }

  /** The default lake's catalog. */
  Path lakeCatalog() {
    return lake().resolve("catalog.db");
  }

  Path checkpoints() {
    return root.resolve("checkpoints");
  }

  Path work() {
    return root.resolve("work");
  }

  String databaseId() {
    return databaseId;
  }

  int shardCount() {
    return shardCount;
  }

  /** Writes a small file for the launcher, whole or not at all. */
  static void publish(Path root, String name, String text) throws IOException {
    Path draft = root.resolve(name + ".new");
    Files.writeString(draft, text);
    Files.move(draft, root.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() {
    try {
      lockChannel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
