package io.omendb.gateway.soak;

import java.sql.Connection;
import java.sql.SQLException;

/** Does the same again and again until the run is over, with new connections where one is lost. */
abstract class SoakClient implements Runnable {
  private final SoakRun run;

  SoakClient(SoakRun run) {
    this.run = run;
  }

  final SoakRun soak() {
    return run;
  }

  /**
   * Once more. What it throws is a failure of the soak unless {@link SoakRun#excused}; assertions
   * always are.
   */
  abstract void step(Connection connection) throws Exception;

  @Override
  public final void run() {
    while (!run.over()) {
      try (Connection connection = run.connect()) {
        while (!run.over()) {
          step(connection);
        }
      } catch (SQLException e) {
        if (!run.excused(e)) {
          run.fail(new AssertionError(this + ": " + e.getSQLState() + " " + e.getMessage(), e));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (Exception | AssertionError e) {
        run.fail(e);
      }
    }
  }

  @Override
  public String toString() {
    return getClass().getSimpleName();
  }
}
