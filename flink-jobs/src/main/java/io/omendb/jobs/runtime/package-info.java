/**
 * The runtime job: the source that runs the coordinator and tails its log, the operator that
 * applies commits to table state, and the job's {@code main}. The lake's work is in {@code lake}.
 */
@NullMarked
package io.omendb.jobs.runtime;

import org.jspecify.annotations.NullMarked;
