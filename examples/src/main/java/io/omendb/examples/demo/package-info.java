/** The order-entry demonstration. */
@NullMarked
package io.omendb.examples.demo;

import org.jspecify.annotations.NullMarked;
