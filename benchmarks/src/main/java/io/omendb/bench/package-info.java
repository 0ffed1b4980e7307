/** Benchmarks of the whole server over its protocol. */
@NullMarked
package io.omendb.bench;

import org.jspecify.annotations.NullMarked;
