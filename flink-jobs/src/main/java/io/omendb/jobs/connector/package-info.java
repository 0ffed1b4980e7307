/**
 * OmenDB tables in Flink's planner: a bounded source that reads lake snapshot and hot delta as one
 * table at one CSN. Depends on serve.
 */
@NullMarked
package io.omendb.jobs.connector;

import org.jspecify.annotations.NullMarked;
