package io.omendb.jobs.serve.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Nobody is forgotten who waits for a CSN, and nobody goes on before it is reached. */
class CsnGateTest {

  private static final int WAITER_COUNT = 2;
  private static final long CSN_COUNT = 200_000;

  @Test
  void whoeverWaitsGoesOnWhenItsCsnIsReachedAndNotBefore() throws Exception {
    Long given = Long.getLong("seed");
    long seed = given != null ? given : new Random().nextLong();
    System.out.println("CsnGateTest: -Dseed=" + seed);
    CsnGate gate = new CsnGate();
    ExecutorService threads = Executors.newFixedThreadPool(WAITER_COUNT);
    List<Future<List<CompletableFuture<?>>>> waiters = new ArrayList<>();
    for (int i = 0; i < WAITER_COUNT; i++) {
      Random random = new Random(seed + i);
      waiters.add(threads.submit(() -> waitAgainAndAgain(gate, random)));
    }
    for (long csn = 0; csn < CSN_COUNT; csn++) {
      gate.advance(csn);
    }
    for (Future<List<CompletableFuture<?>>> waiter : waiters) {
      // Nothing more is advanced: who is left now was forgotten.
      assertThat(waiter.get(60, TimeUnit.SECONDS)).allMatch(CompletableFuture::isDone);
    }
    threads.shutdown();
    assertThat(gate.close()).isEmpty();
  }

  private static List<CompletableFuture<?>> waitAgainAndAgain(CsnGate gate, Random random) {
    List<CompletableFuture<?>> waiting = new ArrayList<>();
    while (gate.reached() < CSN_COUNT - 1) {
      long csn = Math.min(CSN_COUNT - 1, gate.reached() + random.nextInt(4));
      CompletableFuture<@Nullable Void> future = Objects.requireNonNull(gate.when(0, csn));
      waiting.removeIf(CompletableFuture::isDone);
      waiting.add(future.thenRun(() -> assertThat(gate.reached()).isGreaterThanOrEqualTo(csn)));
    }
    return waiting;
  }
}
