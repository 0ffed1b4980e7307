package io.omendb.state.backend.table;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Nobody is inside a gate that has closed. */
public final class RaceGate {

  private RaceGate() {}

  /** A thread enters, twice, while another closes the gate and takes away what is behind it. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 0", "1, 1"},
      expect = Expect.ACCEPTABLE,
      desc = "in or out")
  @Outcome(expect = Expect.FORBIDDEN, desc = "inside of what was taken away")
  @State
  public static class Closing {
    private final ReadGate gate = new ReadGate("closed");
    private int taken;

    @Actor
    public void owner() {
      gate.closeAndWait();
      taken = 2;
    }

    @Actor
    public void reader(II_Result result) {
      result.r1 = look();
      result.r2 = look();
    }

    private int look() {
      int ticket = gate.tryEnter();
      if (ticket < 0) {
        return 0;
      }
      try {
        return 1 + taken;
      } finally {
        gate.leave(ticket);
      }
    }
  }
}
