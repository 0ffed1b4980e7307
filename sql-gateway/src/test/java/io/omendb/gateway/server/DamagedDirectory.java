package io.omendb.gateway.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Copies of data directories, and what a seeded random does to one file or directory in them. */
final class DamagedDirectory {
  private DamagedDirectory() {}

  enum Kind {
    FLIP,
    TRUNCATE,
    DELETE
  }

  /** What is done to a path, relative to the data directory. */
  record Damage(Kind kind, String path, long offset) {
    @Override
    public String toString() {
      return kind == Kind.DELETE ? "delete " + path : kind + " " + path + " at " + offset;
    }
  }

  /** What a start may write or empty, whatever becomes of it. */
  static boolean isScratch(String path) {
    return path.startsWith("work")
        || path.startsWith("tmp")
        || path.startsWith("server.")
        || path.equals("lock")
        || path.equals("log/lock");
  }

  /** All files of a directory that count, relative, with their bytes. */
  static Map<String, byte[]> contents(Path directory) throws IOException {
    Map<String, byte[]> result = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String relative = directory.relativize(path).toString();
        if (Files.isRegularFile(path) && !isScratch(relative)) {
          result.put(relative, Files.readAllBytes(path));
        }
      }
    }
    return result;
  }

  /** A copy that may be written to. */
  static void copy(Path from, Path to) throws IOException {
    copy(from, to, false);
  }

  /** A copy of which files may be replaced and deleted, but not written to: much faster. */
  static void link(Path from, Path to) throws IOException {
    copy(from, to, true);
  }

  private static void copy(Path from, Path to, boolean links) throws IOException {
    delete(to);
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else if (links) {
          Files.createLink(target, path);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }

  static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (Stream<Path> paths = Files.walk(tree)) {
        for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
          Files.delete(path);
        }
      }
    }
  }

  /** Every file and every directory of a data directory, once for each thing that can befall it. */
  static List<Damage> all(Path directory, Random random) throws IOException {
    List<Damage> result = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) paths.sorted()::iterator) {
        String relative = directory.relativize(path).toString();
        if (relative.isEmpty() || isScratch(relative)) {
          continue;
        }
        result.add(new Damage(Kind.DELETE, relative, 0));
        if (Files.isRegularFile(path) && Files.size(path) > 0) {
          result.add(new Damage(Kind.FLIP, relative, random.nextLong(Files.size(path))));
          result.add(new Damage(Kind.TRUNCATE, relative, random.nextLong(Files.size(path))));
        }
      }
    }
    return result;
  }

  static void apply(Damage damage, Path directory, Random random) throws IOException {
    Path path = directory.resolve(damage.path());
    if (!Files.exists(path)) {
      return; // the other of a pair has deleted it
    }
    if (damage.kind() == Kind.DELETE) {
      delete(path);
      return;
    }
    byte[] bytes = Files.readAllBytes(path);
    int at = (int) Math.min(damage.offset(), bytes.length - 1L);
    if (at < 0) {
      return;
    }
    // A new file: others may share the bytes of this one.
    Files.delete(path);
    if (damage.kind() == Kind.TRUNCATE) {
      Files.write(path, Arrays.copyOf(bytes, at));
    } else {
      bytes[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(path, bytes);
    }
  }
}
