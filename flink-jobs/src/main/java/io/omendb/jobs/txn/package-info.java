/** The transaction coordinator: snapshots, locks, commit sequence numbers and group commit. */
@NullMarked
package io.omendb.jobs.txn;

import org.jspecify.annotations.NullMarked;
