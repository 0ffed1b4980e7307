/**
 * Flink's keyed-state backends side by side, through Flink's own interfaces: {@link
 * io.omendb.bench.state.StateBackends}.
 */
@NullMarked
package io.omendb.bench.state;

import org.jspecify.annotations.NullMarked;
