/** The executor over table state. */
@NullMarked
package io.omendb.gateway.oltp;

import org.jspecify.annotations.NullMarked;
