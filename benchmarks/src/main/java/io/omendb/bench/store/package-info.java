/** JMH benchmarks of the learned store alone, without Flink. */
@NullMarked
package io.omendb.bench.store;

import org.jspecify.annotations.NullMarked;
