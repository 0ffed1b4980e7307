/**
 * Restoring from images of a store and from canonical savepoints.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on {@code form}, {@code
 * snapshot} and {@code metric}.
 */
@NullMarked
package io.omendb.state.backend.restore;

import org.jspecify.annotations.NullMarked;
