/**
 * PostgreSQL's operators and functions over datums: the one meaning that both routes share. Knows
 * types, not sessions.
 */
@NullMarked
package io.omendb.gateway.sql.functions;

import org.jspecify.annotations.NullMarked;
