package io.omendb.jobs.runtime;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds retained checkpoints on a local disk. Flink lays them out as {@code <directory>/<job
 * id>/chk-<n>/_metadata} and moves {@code _metadata} into place last, so a directory that has it is
 * complete.
 */
final class CheckpointFinder {
  private static final String METADATA = "_metadata";
  private static final int DEPTH_MAX = 3;

  private CheckpointFinder() {}

  /** A checkpoint's directory, as Flink's restore setting takes it, and when it was completed. */
  public record Found(Path directory, FileTime completed) {}

  /** The newest complete checkpoint below {@code directory}. */
  public static Optional<Path> newest(Path directory) throws IOException {
    return all(directory).stream().findFirst().map(Found::directory);
  }

  /** All complete checkpoints below {@code directory}, the newest first. */
  public static List<Found> all(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Path> metadata = new ArrayList<>();
    Files.walkFileTree(
        directory,
        Set.of(),
        DEPTH_MAX,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && file.endsWith(METADATA)) {
              metadata.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          /** What a running job discards while we look is no candidate. */
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            return gone(failure);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            return failure == null ? FileVisitResult.CONTINUE : gone(failure);
          }
        });
    return metadata.stream()
        .flatMap(CheckpointFinder::describe)
        .sorted(
            Comparator.comparing(Found::completed)
                .thenComparingLong(found -> number(found.directory()))
                .reversed())
        .toList();
  }

  private static FileVisitResult gone(IOException failure) throws IOException {
    if (failure instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    throw failure;
  }

  private static Stream<Found> describe(Path metadata) {
    try {
      Path directory = metadata.toAbsolutePath().getParent();
      return directory == null || Files.size(metadata) == 0
          ? Stream.empty()
          : Stream.of(new Found(directory, Files.getLastModifiedTime(metadata)));
    } catch (IOException e) {
      // It was discarded between listing and looking: not a candidate.
      return Stream.empty();
    }
  }

  private static long number(Path directory) {
    String name = directory.getFileName().toString();
    int dash = name.lastIndexOf('-');
    try {
      return dash < 0 ? -1 : Long.parseLong(name.substring(dash + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
