/**
 * Reading tables as the lake's snapshot plus what changed since, at one CSN under a lease. Depends
 * on {@code shard} and on the lake.
 */
@NullMarked
package io.omendb.jobs.serve.union;

import org.jspecify.annotations.NullMarked;
