/** Reads of shards in another process over a socket: what a subtask serves, and its client. */
@NullMarked
package io.omendb.jobs.serve.remote;

import org.jspecify.annotations.NullMarked;
