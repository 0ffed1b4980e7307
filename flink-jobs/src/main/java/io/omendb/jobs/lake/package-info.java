/**
 * The lake's work beside the runtime job's tasks: shards export cuts and learn locations ({@link
 * io.omendb.jobs.lake.LakeWorker}), one publisher commits them ({@link
 * io.omendb.jobs.lake.LakePublisher}). Whatever fails here is tried again, table by table, and
 * reported; no task fails of it. Depends on serve and table, and knows the job by {@link
 * io.omendb.jobs.lake.LakeReports} only.
 */
@NullMarked
package io.omendb.jobs.lake;

import org.jspecify.annotations.NullMarked;
