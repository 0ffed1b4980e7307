/**
 * The states: value, list, map, reducing and aggregating state on the entries of a store, visits of
 * all of them, and their migration to new serializers.
 *
 * <p>{@code OrderedMapState} is for functions; the rest is internal to the backend. Depends on
 * {@code form}.
 */
@NullMarked
package io.omendb.state.backend.state;

import org.jspecify.annotations.NullMarked;
