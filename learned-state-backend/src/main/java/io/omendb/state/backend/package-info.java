/**
 * Flink's keyed state backend over {@code io.omendb.state.store}: factory, options, and the
 * backends of both state APIs, which put the rooms together.
 *
 * <p>Rooms: {@code form} how state lies in the store; {@code state} the states; {@code async} State
 * V2; {@code timer}; {@code snapshot}; {@code restore}; {@code table} table state; {@code memory};
 * {@code metric}; {@code ttl}. None depends on this package, and there are no cycles among them.
 */
@NullMarked
package io.omendb.state.backend;

import org.jspecify.annotations.NullMarked;
