/**
 * Flink's keyed state backend over {@code io.omendb.state.store}: states, timers, snapshots,
 * restore, and table state.
 */
@NullMarked
package io.omendb.state.backend;

import org.jspecify.annotations.NullMarked;
