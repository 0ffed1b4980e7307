package io.omendb.state.backend.timer;

/** Where timers are kept; the stored form is the same, so a job can change it at a restore. */
public enum TimerService {
  /** In the store, with the first of each key group in the heap too. */
  STORE,
  /** All in the heap, and written through to the store. */
  HEAP
}
