package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.CatalogState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A gateway's handle on a database while its job restarts. */
class DatabaseHandleTest {
  private static final String ID = "handle-test";
  private static int epoch;

  @AfterEach
  void forget() {
    DatabaseRegistry.unregister(ID, epoch);
  }

  /** A coordinator that is asked for its CSN only; {@code begins} says how it begins. */
  private record Coordinator(LongSupplier begins) implements Database {
    @Override
    public Catalog catalog() {
      return CatalogState.EMPTY;
    }

    @Override
    public long durableCsn() {
      return begins.getAsLong();
    }

    @Override
    public Transaction begin() {
      throw new OmenException(ErrorCode.UNDEFINED_OBJECT, "begun at " + begins.getAsLong());
    }

    @Override
    public long requestCut() {
      return 0;
    }

    @Override
    public long lakeCsn(int tableId) {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static Database serve(LongSupplier begins) {
    Database database = new Coordinator(begins);
    DatabaseRegistry.register(ID, ++epoch, database);
    return EmbeddedDatabases.await(ID, Duration.ofSeconds(10));
  }

  @Test
  void whoMayWaitWaitsForTheSuccessorAndOthersAreToldAtOnce() throws Exception {
    Database handle = serve(() -> 1);
    assertThat(handle.tryCatalog()).isNotNull();
    DatabaseRegistry.unregister(ID, epoch);
    assertThat(handle.tryCatalog()).isNull();
    assertThat(handle.tryBegin()).isNull();
    CompletableFuture<Long> parked = CompletableFuture.supplyAsync(handle::durableCsn);
    assertThatThrownBy(() -> parked.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    serve(() -> 2);
    assertThat(parked.get(10, TimeUnit.SECONDS)).isEqualTo(2);
  }

  @Test
  void aCoordinatorThatHasStoppedIsNotTheLastWord() {
    Database handle =
        serve(
            () -> {
              throw new OmenException(ErrorCode.ADMIN_SHUTDOWN, "stopped");
            });
    CompletableFuture<Transaction> beginning = CompletableFuture.supplyAsync(handle::begin);
    assertThatThrownBy(() -> beginning.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    serve(() -> 7);
    Awaitility.await().until(beginning::isDone);
    assertThatThrownBy(beginning::join).hasMessageContaining("begun at 7");
  }
}
