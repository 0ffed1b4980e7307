/** Expiry of snapshots that nobody needs, with all files that only they needed. */
@NullMarked
package io.omendb.lake.maintain;

import org.jspecify.annotations.NullMarked;
