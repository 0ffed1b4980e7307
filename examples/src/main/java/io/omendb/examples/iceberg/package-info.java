/** A program that reads the tables with Iceberg alone. */
@NullMarked
package io.omendb.examples.iceberg;

import org.jspecify.annotations.NullMarked;
