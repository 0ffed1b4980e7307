package io.omendb.state.backend;

import java.io.File;
import java.lang.annotation.Annotation;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * Runs a parameterized test class of Flink, as it is, with other parameters than its own.
 *
 * <p>Flink's extension accepts one provider of parameters per class hierarchy, and Flink's classes
 * bring a private one, so a subclass cannot give others. This runs the class's own test methods
 * between its own {@code @BeforeEach} and {@code @AfterEach} methods, one new instance a test, and
 * gives it what JUnit would: parameters (to the constructor or to {@code @Parameter} fields),
 * temporary directories, and its registered extensions, which must not use their context.
 */
final class FlinkSuite {

  private final Class<?> suite;
  private final Path temporary;
  private final TestInfo testInfo;

  /**
   * @param temporary where the class's temporary directories are made
   */
  FlinkSuite(String suite, Path temporary, TestInfo testInfo) throws ClassNotFoundException {
    this.suite = Class.forName(suite);
    this.temporary = temporary;
    this.testInfo = testInfo;
  }

  /** One test for each of the class's test methods that {@code chosen} accepts, by name. */
  List<DynamicTest> tests(Predicate<String> chosen, Object... parameters) {
    ClassPath.assumeItHasThisModule();
    List<DynamicTest> tests = new ArrayList<>();
    Stream.concat(methods(Test.class).stream(), methods(TestTemplate.class).stream())
        .filter(method -> chosen.test(method.getName()))
        .sorted(Comparator.comparing(Method::getName))
        .forEach(
            method ->
                tests.add(
                    DynamicTest.dynamicTest(
                        method.getName() + " " + Arrays.toString(parameters),
                        () -> run(method, parameters))));
    if (tests.isEmpty()) {
      throw new IllegalArgumentException("No test was chosen of " + suite);
    }
    return tests;
  }

  private void run(Method test, Object... parameters) throws Throwable {
    Object instance = instance(parameters);
    for (Field field : fields(TempDir.class)) {
      Path directory = Files.createTempDirectory(temporary, "suite");
      field.set(instance, field.getType() == File.class ? directory.toFile() : directory);
    }
    List<Object> extensions = new ArrayList<>();
    for (Field field : fields(RegisterExtension.class)) {
      extensions.add(field.get(instance));
    }
    ExtensionContext none = null;
    try {
      for (Object extension : extensions) {
        if (extension instanceof BeforeAllCallback callback) {
          callback.beforeAll(none);
        }
        if (extension instanceof BeforeEachCallback callback) {
          callback.beforeEach(none);
        }
      }
      try {
        callAll(BeforeEach.class, instance);
        call(test, instance);
      } finally {
        callAll(AfterEach.class, instance);
      }
    } finally {
      for (Object extension : extensions) {
        if (extension instanceof AfterEachCallback callback) {
          callback.afterEach(none);
        }
        if (extension instanceof AfterAllCallback callback) {
          callback.afterAll(none);
        }
      }
    }
  }

  private Object instance(Object... parameters) throws ReflectiveOperationException {
    Constructor<?> constructor = suite.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    if (constructor.getParameterCount() > 0) {
      return constructor.newInstance(parameters);
    }
    Object instance = constructor.newInstance();
    for (Field field : fields(Parameter.class)) {
      field.set(instance, parameters[field.getAnnotation(Parameter.class).value()]);
    }
    return instance;
  }

  private void callAll(Class<? extends Annotation> annotation, Object instance) throws Throwable {
    for (Method method : methods(annotation)) {
      call(method, instance);
    }
  }

  private void call(Method method, Object instance) throws Throwable {
    try {
      if (method.getParameterCount() == 0) {
        method.invoke(instance);
      } else {
        method.invoke(instance, testInfo);
      }
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private List<Method> methods(Class<? extends Annotation> annotation) {
    return accessible(
        AnnotationSupport.findAnnotatedMethods(suite, annotation, HierarchyTraversalMode.TOP_DOWN));
  }

  private List<Field> fields(Class<? extends Annotation> annotation) {
    return accessible(AnnotationSupport.findAnnotatedFields(suite, annotation)).stream()
        .filter(field -> !Modifier.isFinal(field.getModifiers()) || !isTempDir(annotation))
        .toList();
  }

  private static boolean isTempDir(Class<? extends Annotation> annotation) {
    return annotation == TempDir.class;
  }

  private static <T extends AccessibleObject> List<T> accessible(List<T> members) {
    members.forEach(member -> member.setAccessible(true));
    return members;
  }
}
