/** Tests of single operators. */
@NullMarked
package io.omendb.gateway.oltp;

import org.jspecify.annotations.NullMarked;
