/**
 * A backend's share of its slot's managed memory.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on no other room.
 */
@NullMarked
package io.omendb.state.backend.memory;

import org.jspecify.annotations.NullMarked;
