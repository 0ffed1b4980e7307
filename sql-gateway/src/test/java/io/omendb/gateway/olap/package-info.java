/** The way to Flink, as far as it needs no server to be tested. */
@NullMarked
package io.omendb.gateway.olap;

import org.jspecify.annotations.NullMarked;
