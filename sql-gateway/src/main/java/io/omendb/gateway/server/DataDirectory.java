package io.omendb.gateway.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server's directory, held by a file lock from opening to closing:
 *
 * <pre>
 *   omendb.properties   format version, database id, shard count; written once
 *   lock                held by the running server
 *   log/                the commit log
 *   lake/               the default Iceberg catalog and its warehouse
 *   checkpoints/        Flink's checkpoints of the runtime job
 *   work/               what a start may delete: local state, spill files
 *   tmp/                likewise: the JVM's java.io.tmpdir, where libraries unpack native code
 *   server.*            pid, addresses, logs
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
  private static final int FORMAT_VERSION = 1;
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
    try {
      Files.createDirectories(root);
      FileChannel lockChannel = lock(root);
      try {
        long freeBytes = Files.getFileStore(root).getUsableSpace();
        if (freeBytes < FREE_BYTES_MIN) {
          throw new ServerException(
              "the disk of %s is full: %d MB free, at least %d MB are needed"
                  .formatted(root, freeBytes >> 20, FREE_BYTES_MIN >> 20));
        }
        Properties properties = properties(root, shardCount);
        DataDirectory directory =
            new DataDirectory(
                root,
                lockChannel,
                properties.getProperty("database-id"),
                Integer.parseInt(properties.getProperty("shards")));
        for (Path scratch : List.of(directory.work(), root.resolve("tmp"))) {
          deleteTree(scratch);
          Files.createDirectories(scratch);
        }
        Files.createDirectories(directory.log());
        Files.createDirectories(directory.lake());
        Files.createDirectories(directory.checkpoints());
        return directory;
      } catch (ServerException | IOException | RuntimeException e) {
        lockChannel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ServerException("cannot use the data directory " + root + ": " + e, e);
    }
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

  private static Properties properties(Path root, int shardCount)
      throws IOException, ServerException {
    Path file = root.resolve("omendb.properties");
    Properties properties = new Properties();
    if (!Files.exists(file)) {
      if (Files.exists(root.resolve("log")) || Files.exists(root.resolve("checkpoints"))) {
        throw new ServerException(
            "the data directory " + root + " has data but no omendb.properties; refusing to guess");
      }
      properties.setProperty("format-version", Integer.toString(FORMAT_VERSION));
      properties.setProperty("database-id", UUID.randomUUID().toString());
      properties.setProperty("shards", Integer.toString(shardCount));
      Path draft = root.resolve("omendb.properties.new");
      try (FileChannel out =
          FileChannel.open(
              draft,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        StringBuilder text = new StringBuilder();
        properties.stringPropertyNames().stream()
            .sorted()
            .forEach(name -> text.append(name + "=" + properties.getProperty(name) + "\n"));
        out.write(StandardCharsets.UTF_8.encode(text.toString()));
        out.force(true);
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
      return properties;
    }
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    String version = properties.getProperty("format-version", "none");
    if (!version.equals(Integer.toString(FORMAT_VERSION))) {
      throw new ServerException(
          "the data directory %s has format version %s, this server reads version %d"
              .formatted(root, version, FORMAT_VERSION));
    }
    if (properties.getProperty("database-id") == null || properties.getProperty("shards") == null) {
      throw new ServerException(file + " is damaged: it must name database-id and shards");
    }
    return properties;
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
