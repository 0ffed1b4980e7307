/**
 * How state lies in the store: names and numbers of states, the forms of their keys and values, and
 * reading entries by pages.
 *
 * <p>Internal to the backend: public only for its other rooms. Depends on the store and on key
 * encodings alone.
 */
@NullMarked
package io.omendb.state.backend.form;

import org.jspecify.annotations.NullMarked;
