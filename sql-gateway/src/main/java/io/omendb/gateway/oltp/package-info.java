/**
 * The executor over table state: compiled operators and expressions over datums. Depends on {@code
 * types}, {@code sql} and the runtime job's serving interfaces; knows no session and no wire
 * protocol.
 */
@NullMarked
package io.omendb.gateway.oltp;

import org.jspecify.annotations.NullMarked;
