package io.omendb.state.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * The local file system on a machine that is short of memory: what is mapped may not be there.
 * Reads past the system's cache work on every file system.
 */
final class ForgetfulFiles extends ForwardingFiles {

  private final BooleanSupplier forgotten;
  private final Runnable beforeUncachedRead;

  /**
   * @param forgotten whether what is asked for next is not in memory; any thread
   */
  ForgetfulFiles(BooleanSupplier forgotten) {
    this(forgotten, () -> {});
  }

  /**
   * @param beforeUncachedRead runs before each read past the system's cache, on its thread
   */
  ForgetfulFiles(BooleanSupplier forgotten, Runnable beforeUncachedRead) {
    this.forgotten = forgotten;
    this.beforeUncachedRead = beforeUncachedRead;
  }

  @Override
  public Input open(Path file) throws IOException {
    Input input = super.open(file);
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
        beforeUncachedRead.run();
        int start = input.readUncached(position, length, target);
        if (start >= 0) {
          return start;
        }
        input.readFully(position, target.clear().limit(length));
        return 0;
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
}
