/**
 * What an operator's metric group shows of its store.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on no other room.
 */
@NullMarked
package io.omendb.state.backend.metric;

import org.jspecify.annotations.NullMarked;
