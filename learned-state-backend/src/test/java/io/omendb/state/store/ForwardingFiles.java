package io.omendb.state.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The local file system, for tests that change single operations of it. */
abstract class ForwardingFiles implements StoreFiles {

  private final StoreFiles local = StoreFiles.local();

  @Override
  public void createDirectories(Path directory) throws IOException {
    local.createDirectories(directory);
  }

  @Override
  public Output create(Path file) throws IOException {
    return local.create(file);
  }

  @Override
  public Input open(Path file) throws IOException {
    return local.open(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return local.list(directory);
  }

  @Override
  public boolean exists(Path file) {
    return local.exists(file);
  }

  @Override
  public void rename(Path source, Path target) throws IOException {
    local.rename(source, target);
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    local.deleteIfExists(file);
  }

  @Override
  public void linkOrCopy(Path source, Path target) throws IOException {
    local.linkOrCopy(source, target);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    local.syncDirectory(directory);
  }
}
