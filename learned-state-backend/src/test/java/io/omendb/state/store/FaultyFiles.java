package io.omendb.state.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/**
 * A file system on which one operation fails: the n-th of those that write, sync, rename, create or
 * list. A failing write may leave part of its bytes, as a full disk does.
 */
final class FaultyFiles extends ForwardingFiles {

  static final class InjectedException extends IOException {
    private static final long serialVersionUID = 1L;

    InjectedException(String what) {
      super("injected failure of " + what);
    }
  }

  private final Random random;
  private int operationCount;
  private int failing = Integer.MAX_VALUE;
  private boolean goOnFailing;
  private boolean full;

  FaultyFiles(Random random) {
    this.random = random;
  }

  synchronized void failAfter(int operations, boolean thenAlways) {
    failing = operationCount + operations;
    goOnFailing = thenAlways;
  }

  /** From now on there is no room for anything. */
  synchronized void fillUp() {
    failAfter(0, true);
    full = true;
  }

  synchronized void heal() {
    failing = Integer.MAX_VALUE;
    goOnFailing = false;
    full = false;
  }

  private synchronized IOException failure(String what) {
    return full ? new IOException("No space left on device") : new InjectedException(what);
  }

  private synchronized boolean isFailing() {
    int operation = operationCount++;
    return operation == failing || (operation > failing && goOnFailing);
  }

  private void check(String what) throws IOException {
    if (isFailing()) {
      throw failure(what);
    }
  }

  @Override
  public Output create(Path file) throws IOException {
    check("create " + file);
    Output output = super.create(file);
    return new Output() {
      @Override
      public void write(ByteBuffer bytes) throws IOException {
        if (isFailing()) {
          output.write(bytes.slice(bytes.position(), random.nextInt(bytes.remaining() + 1)));
          throw failure("write " + file);
        }
        output.write(bytes);
      }

      @Override
      public void sync() throws IOException {
        check("sync " + file);
        output.sync();
      }

      @Override
      public void close() throws IOException {
        output.close();
      }
    };
  }

  @Override
  public void rename(Path source, Path target) throws IOException {
    check("rename " + source);
    super.rename(source, target);
  }

  @Override
  public void linkOrCopy(Path source, Path target) throws IOException {
    check("link " + target);
    super.linkOrCopy(source, target);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    check("sync " + directory);
    super.syncDirectory(directory);
  }
}
