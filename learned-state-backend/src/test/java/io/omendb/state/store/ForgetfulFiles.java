package io.omendb.state.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The local file system on a machine that is short of memory: what is mapped may not be there. */
final class ForgetfulFiles implements StoreFiles {

  private final StoreFiles local = StoreFiles.local();
  private final BooleanSupplier forgotten;

  /**
   * @param forgotten whether what is asked for next is not in memory; any thread
   */
  ForgetfulFiles(BooleanSupplier forgotten) {
    this.forgotten = forgotten;
  }

  @Override
  public Input open(Path file) throws IOException {
    Input input = local.open(file);
    return new Input() {
      @Override
      public long length() throws IOException {
        return input.length();
      }

      @Override
      public void readFully(long position, ByteBuffer target) throws IOException {
        input.readFully(position, target);
      }

      @Override
      public int readUncached(long position, int length, ByteBuffer target) throws IOException {
        return input.readUncached(position, length, target);
      }

      @Override
      public ByteBuffer map(long position, int length) throws IOException {
        return input.map(position, length);
      }

      @Override
      public boolean isResident(ByteBuffer mapping, int start, int length) {
        return !forgotten.getAsBoolean() && input.isResident(mapping, start, length);
      }

      @Override
      public void close() throws IOException {
        input.close();
      }
    };
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    local.createDirectories(directory);
  }

  @Override
  public Output create(Path file) throws IOException {
    return local.create(file);
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
