package io.omendb.state.backend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What a MiniCluster's JobManager can load of the classes under test. */
public final class ClassPath {

  private ClassPath() {}

  /**
   * Goes on only where a job submitted to a MiniCluster finds this module's classes: its JobManager
   * loads the backend that its configuration names, and the coordinators of sources, from the JVM's
   * class path, as Maven's test runs have it. A launcher with a class loader of its own has not.
   */
  public static void assumeItHasThisModule() {
    assumeTrue(has(LearnedStateBackendFactory.class.getName()), "Not on the JVM's class path");
  }

  private static boolean has(String name) {
    try {
      Class.forName(name, false, ClassLoader.getSystemClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
