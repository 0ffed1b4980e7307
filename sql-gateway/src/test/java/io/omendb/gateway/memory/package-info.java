/** A database in memory, for tests of what runs above one. */
@NullMarked
package io.omendb.gateway.memory;

import org.jspecify.annotations.NullMarked;
