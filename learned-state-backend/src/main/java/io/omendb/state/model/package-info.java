/**
 * Models of sorted keys: numeric features of byte keys, and bounded-error piecewise-linear
 * functions from feature to position. Depends on nothing but the JDK.
 */
@NullMarked
package io.omendb.state.model;

import org.jspecify.annotations.NullMarked;
