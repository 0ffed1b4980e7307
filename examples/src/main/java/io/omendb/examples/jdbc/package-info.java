/** A plain JDBC program. */
@NullMarked
package io.omendb.examples.jdbc;

import org.jspecify.annotations.NullMarked;
