/**
 * Which engine runs a statement, and why; and what the analytical engine must offer. Depends on
 * {@code oltp}, {@code sql} and {@code types}; implemented by {@code olap}.
 */
@NullMarked
package io.omendb.gateway.route;

import org.jspecify.annotations.NullMarked;
