/**
 * The shards that live in this JVM: which subtask holds which, how far it has applied the log, and
 * reads that wait for it. Written by the table operator, read by any thread.
 */
@NullMarked
package io.omendb.jobs.serve.shard;

import org.jspecify.annotations.NullMarked;
