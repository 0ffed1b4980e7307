package io.omendb.lake.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/**
 * Files of the local file system, at {@code file:} URIs or plain absolute paths. A file is forced
 * to the device when it is closed, and its directory too: a catalog entry must never outlive what
 * it points at, since the commit log is trimmed on the lake's word. Hadoop's local file system does
 * not do that, and writes a checksum file beside each file. Thread-safe.
 */
public final class LocalFileIO implements SupportsPrefixOperations {

  private static final long serialVersionUID = 1L;

  @Override
  public InputFile newInputFile(String location) {
    return new LocalInputFile(location, pathOf(location));
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new LocalOutputFile(location, pathOf(location));
  }

  @Override
  public void deleteFile(String location) {
    try {
      Files.delete(pathOf(location));
    } catch (NoSuchFileException e) {
      throw new NotFoundException(e, "no such file: %s", location);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + location, e);
    }
  }

  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    Path root = pathOf(prefix);
    List<FileInfo> files = new ArrayList<>();
    visit(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(
                new FileInfo(
                    prefix + file.toString().substring(root.toString().length()),
                    attributes.size(),
                    attributes.lastModifiedTime().toMillis()));
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  /** Deletes a directory with all that is in it; nothing happens where there is none. */
  @Override
  public void deletePrefix(String prefix) {
    visit(
        pathOf(prefix),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void visit(Path root, SimpleFileVisitor<Path> visitor) {
    if (!Files.exists(root)) {
      return;
    }
    try {
      Files.walkFileTree(root, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot walk " + root, e);
    }
  }

  static Path pathOf(String location) {
    if (location.startsWith("file:")) {
      return Path.of(URI.create(location.replace(" ", "%20")).getPath());
    }
    if (location.startsWith("/")) {
      return Path.of(location);
    }
    throw new IllegalArgumentException("not a local file: " + location);
  }

  static RuntimeException failed(String what, String location, IOException e) {
    return e instanceof NoSuchFileException || e instanceof FileNotFoundException
        ? new NotFoundException(e, "no such file: %s", location)
        : new UncheckedIOException("cannot %s %s".formatted(what, location), e);
  }
}
