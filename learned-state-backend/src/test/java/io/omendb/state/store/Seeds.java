package io.omendb.state.store;

import java.util.Random;

/** The seed of random tests: {@code -Dseed=N}, or a new one that is printed. */
public final class Seeds {

  private Seeds() {}

  public static Random random(String test) {
    Long given = Long.getLong("seed");
    long seed = given != null ? given : new Random().nextLong();
    System.out.println(test + ": -Dseed=" + seed);
    return new Random(seed);
  }
}
