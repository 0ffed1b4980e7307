/** The benchmark programs run, with tiny sizes, so that they stay usable. */
@NullMarked
package io.omendb.bench.state;

import org.jspecify.annotations.NullMarked;
