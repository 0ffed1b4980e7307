/**
 * Checkpoints and savepoints: which files are uploaded, copied and referred to, and the canonical
 * form.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on {@code form} and {@code
 * state}.
 */
@NullMarked
package io.omendb.state.backend.snapshot;

import org.jspecify.annotations.NullMarked;
