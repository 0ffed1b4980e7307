package io.omendb.state.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** The local file system on a machine that is short of memory: what is mapped may not be there. */
final class ForgetfulFiles extends ForwardingFiles {

  private final BooleanSupplier forgotten;

  /**
   * @param forgotten whether what is asked for next is not in memory; any thread
   */
  ForgetfulFiles(BooleanSupplier forgotten) {
    this.forgotten = forgotten;
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
}
