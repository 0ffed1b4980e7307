/** Tests of sessions over a database in memory, most of them against a real PostgreSQL. */
@NullMarked
package io.omendb.gateway.session;

import org.jspecify.annotations.NullMarked;
