/**
 * Expired values, which the store leaves out when it rewrites entries.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on {@code form}.
 */
@NullMarked
package io.omendb.state.backend.ttl;

import org.jspecify.annotations.NullMarked;
