/**
 * What a gateway calls: databases, transactions and leases. Depends on table and log; implemented
 * in txn, runtime and the rooms below.
 */
@NullMarked
package io.omendb.jobs.serve;

import org.jspecify.annotations.NullMarked;
