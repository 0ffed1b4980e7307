/**
 * Table state: versioned, ordered keyspaces that any thread may read.
 *
 * <p>{@code TableState} is for operators; the rest is internal to the backend. Depends on {@code
 * form}.
 */
@NullMarked
package io.omendb.state.backend.table;

import org.jspecify.annotations.NullMarked;
