package io.omendb.state.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Ends a file mapping at once. Java leaves that to the garbage collector, until when a deleted run
 * would keep its disk space. Where the JDK offers no way, it is left to the collector after all.
 */
final class Unmapper {

  private static final @Nullable MethodHandle CLEANER = find();

  private Unmapper() {}

  private static @Nullable MethodHandle find() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(instance.get(null));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  /** Nobody reads {@code mapping} afterwards: that would end the JVM. */
  static void unmap(ByteBuffer mapping) {
    MethodHandle cleaner = CLEANER;
    if (cleaner == null) {
      return;
    }
    try {
      cleaner.invoke(mapping);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("cannot unmap", e);
    }
  }
}
