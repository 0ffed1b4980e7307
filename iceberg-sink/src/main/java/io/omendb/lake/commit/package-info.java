/**
 * The one committer of a lake table: idempotent, checked against the head, stamped with the CSN.
 * Depends on write and delete.
 */
@NullMarked
package io.omendb.lake.commit;

import org.jspecify.annotations.NullMarked;
