package org.apache.flink.test.checkpointing;

import io.omendb.state.backend.ClassPath;
import io.omendb.state.backend.LearnedStateBackendFactory;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.matcher.ElementMatchers;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Flink's test of savepoints in each format: stops a job with one, checks the class of each keyed
 * state handle in its metadata, moves the directory and resumes from there.
 *
 * <p>The test takes its backend from a private class, of which only classes made at run time can be
 * subclasses: ours is RocksDB's incremental one, from whose name the test knows what to expect,
 * with our backend in the configuration.
 */
class LearnedSavepointFormatTest {

  private static final Object LEARNED = learned();

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(SavepointFormatType.class)
  void triggersSavepointAndResumesFromAnotherPlace(SavepointFormatType format) throws Throwable {
    ClassPath.assumeItHasThisModule();
    SavepointFormatITCase test = new SavepointFormatITCase();
    for (String field :
        new String[] {"checkpointsDir", "originalSavepointDir", "renamedSavepointDir"}) {
      Field target = SavepointFormatITCase.class.getDeclaredField(field);
      target.setAccessible(true);
      target.set(test, Files.createDirectory(directory.resolve(field)));
    }
    for (Method method : SavepointFormatITCase.class.getDeclaredMethods()) {
      if (method
          .getName()
          .equals("testTriggerSavepointAndResumeWithFileBasedCheckpointsAndRelocateBasePath")) {
        method.setAccessible(true);
        try {
          method.invoke(test, format, LEARNED);
        } catch (InvocationTargetException e) {
          throw e.getTargetException();
        }
        return;
      }
    }
    throw new AssertionError("Flink's test has another name in this version");
  }

  private static Object learned() {
    try {
      Method method =
          SavepointFormatITCase.class.getDeclaredMethod("getRocksdb", boolean.class, boolean.class);
      method.setAccessible(true);
      Class<?> rocks = method.invoke(null, true, false).getClass();
      Class<?> learned =
          new ByteBuddy()
              .subclass(rocks)
              .name(SavepointFormatITCase.class.getName() + "Learned")
              .method(ElementMatchers.named("getConfigName"))
              .intercept(FixedValue.value(LearnedStateBackendFactory.class.getName()))
              .make()
              .load(
                  SavepointFormatITCase.class.getClassLoader(),
                  ClassLoadingStrategy.UsingLookup.of(
                      MethodHandles.privateLookupIn(
                          SavepointFormatITCase.class, MethodHandles.lookup())))
              .getLoaded();
      Constructor<?> constructor = learned.getDeclaredConstructors()[0];
      constructor.setAccessible(true);
      Object parameter = constructor.newInstance(false, true);
      if (!parameter.toString().equals("ROCKSDB, incremental: true, changelog: false")) {
        throw new IllegalStateException("Flink's test has other parameters: " + parameter);
      }
      return parameter;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Flink's test is built differently in this version", e);
    }
  }
}
