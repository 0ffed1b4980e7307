/**
 * State V2: asynchronous states that act on the synchronous ones.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on no other room.
 */
@NullMarked
package io.omendb.state.backend.async;

import org.jspecify.annotations.NullMarked;
