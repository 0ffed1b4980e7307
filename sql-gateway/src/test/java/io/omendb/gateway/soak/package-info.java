/**
 * Everything at once on a real server, for as long as one likes, and what must be true after it.
 */
@NullMarked
package io.omendb.gateway.soak;

import org.jspecify.annotations.NullMarked;
