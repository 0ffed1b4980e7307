/**
 * What a client's connection does: statements, portals, settings, transaction state. Knows no wire
 * protocol.
 */
@NullMarked
package io.omendb.gateway.session;

import org.jspecify.annotations.NullMarked;
