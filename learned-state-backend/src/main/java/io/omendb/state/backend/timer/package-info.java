/**
 * Timers: queues in the store, with the next ones in the heap, and queues in the heap that are
 * written through.
 *
 * <p>{@code TimerService} is an option's value; the rest is internal to the backend. Depends on
 * {@code form} and {@code state}.
 */
@NullMarked
package io.omendb.state.backend.timer;

import org.jspecify.annotations.NullMarked;
