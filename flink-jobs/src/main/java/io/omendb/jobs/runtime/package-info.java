/**
 * The runtime job: the source that runs the coordinator and tails its log, the operator that
 * applies commits to table state, the committer that brings the lake to each cut, and the job's
 * {@code main}.
 */
@NullMarked
package io.omendb.jobs.runtime;

import org.jspecify.annotations.NullMarked;
