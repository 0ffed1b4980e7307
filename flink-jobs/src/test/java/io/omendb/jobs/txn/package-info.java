@NullMarked
package io.omendb.jobs.txn;

import org.jspecify.annotations.NullMarked;
