/**
 * What a start restores the database from: the checkpoints of the runtime job on a local disk,
 * which of them are whole and durable, and the commit log that goes on from there. Depends on the
 * log and on Flink's checkpoint metadata; knows neither the job nor the server.
 */
@NullMarked
package io.omendb.jobs.recovery;

import org.jspecify.annotations.NullMarked;
