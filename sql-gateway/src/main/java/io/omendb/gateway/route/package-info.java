/** Which engine runs a statement, and why. */
@NullMarked
package io.omendb.gateway.route;

import org.jspecify.annotations.NullMarked;
