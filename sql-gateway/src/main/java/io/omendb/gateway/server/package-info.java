/**
 * The embedded server: its options, its data directory, and the order in which its parts start and
 * stop.
 */
@NullMarked
package io.omendb.gateway.server;

import org.jspecify.annotations.NullMarked;
