package io.omendb.jobs.recovery;

import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Makes checkpoints durable and checks later that they still are what they were. Flink writes a
 * checkpoint without a sync: until it is sealed, a power failure may take any part of it.
 * Stateless; does blocking I/O.
 */
final class CheckpointSeals {
  private static final int BUFFER_BYTES = 256 << 10;

  private final LogFileSystem files;

  /** The directory of all checkpoints. */
  private final Path root;

  CheckpointSeals(LogFileSystem files, Path root) {
    this.files = files;
    this.root = root.toAbsolutePath().normalize();
  }

  /**
   * Syncs all files of a checkpoint and the directories that lead to them, and computes their
   * checksums.
   *
   * @param known files that were sealed with earlier checkpoints; Flink changes none after that
   */
  SealedCheckpoint seal(Path directory, Map<String, CheckpointFile> known) throws IOException {
    CheckpointContents contents = CheckpointContents.read(directory);
    List<CheckpointFile> sealed = new ArrayList<>();
    Set<Path> directories = new LinkedHashSet<>();
    for (Map.Entry<Path, Long> entry : contents.files().entrySet()) {
      String path = relative(entry.getKey());
      CheckpointFile before = known.get(path);
      if (before != null && before.bytes() == entry.getValue()) {
        sealed.add(before);
        continue;
      }
      sealed.add(
          new CheckpointFile(path, entry.getValue(), syncAndSum(entry.getKey(), entry.getValue())));
      for (Path above = entry.getKey().getParent();
          above != null && above.startsWith(root);
          above = above.getParent()) {
        directories.add(above);
      }
    }
    for (Path each : directories) {
      files.syncDirectory(each);
    }
    return new SealedCheckpoint(
        relative(directory),
        contents.checkpointId(),
        contents.logPosition(),
        contents.csn(),
        sealed);
  }

  private String relative(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    if (!absolute.startsWith(root)) {
      throw new IOException(
          "a checkpoint refers to %s, which is not below %s; a data directory must stay where it was made"
              .formatted(path, root));
    }
    return root.relativize(absolute).toString().replace('\\', '/');
  }

  private int syncAndSum(Path path, long bytes) throws IOException {
    try (LogFile file = files.openForWrite(path)) {
      file.force();
      requireSize(path, file, bytes);
      return sum(file);
    }
  }

  private static void requireSize(Path path, LogFile file, long bytes) throws IOException {
    if (file.size() != bytes) {
      throw new IOException("%s: expected %d bytes, got %d".formatted(path, bytes, file.size()));
    }
  }

  private static int sum(LogFile file) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long offset = 0;
    for (int count = file.read(buffer, 0); count > 0; count = file.read(buffer, offset)) {
      crc.update(buffer.flip());
      buffer.clear();
      offset += count;
    }
    return (int) crc.getValue();
  }

  /**
   * Why a sealed checkpoint is not what it was; null where it is. Large files beyond {@code
   * bytesMax} in all are only looked at for their size: the store checks what it reads of them.
   */
  @Nullable String damage(SealedCheckpoint checkpoint, long bytesMax) throws IOException {
    long left = bytesMax;
    List<CheckpointFile> smallestFirst = new ArrayList<>(checkpoint.files());
    smallestFirst.sort((a, b) -> Long.compare(a.bytes(), b.bytes()));
    for (CheckpointFile expected : smallestFirst) {
      Path path = root.resolve(expected.path());
      try (LogFile file = files.openForRead(path)) {
        requireSize(path, file, expected.bytes());
        left -= expected.bytes();
        if (left >= 0 && sum(file) != expected.checksum()) {
          return "the checksum of %s is wrong".formatted(path);
        }
      } catch (NoSuchFileException e) {
        return "%s is missing".formatted(path);
      } catch (IOException e) {
        return String.valueOf(e.getMessage());
      }
    }
    return null;
  }

  /** Why a checkpoint that was never sealed cannot be used, as far as sizes tell; null: it can. */
  @Nullable String damage(CheckpointContents contents) throws IOException {
    for (Map.Entry<Path, Long> entry : contents.files().entrySet()) {
      String unused = relative(entry.getKey());
      try (LogFile file = files.openForRead(entry.getKey())) {
        requireSize(entry.getKey(), file, entry.getValue());
      } catch (NoSuchFileException e) {
        return "%s is missing".formatted(entry.getKey());
      } catch (IOException e) {
        return String.valueOf(e.getMessage());
      }
    }
    return null;
  }

  /** The files of sealed checkpoints, by path. */
  static Map<String, CheckpointFile> filesOf(List<SealedCheckpoint> checkpoints) {
    Map<String, CheckpointFile> result = new HashMap<>();
    checkpoints.forEach(c -> c.files().forEach(file -> result.put(file.path(), file)));
    return result;
  }
}
