/**
 * What a gateway calls: databases, transactions, snapshot reads and leases. Depends on table;
 * implemented in txn and runtime.
 */
@NullMarked
package io.omendb.jobs.serve;

import org.jspecify.annotations.NullMarked;
