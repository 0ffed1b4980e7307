/**
 * The embedded Flink cluster of this process: its settings, its life, and the executor that submits
 * jobs to it without a network.
 */
@NullMarked
package io.omendb.gateway.cluster;

import org.jspecify.annotations.NullMarked;
