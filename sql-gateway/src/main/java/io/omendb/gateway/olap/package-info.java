/** Flink batch execution over lake snapshot plus hot delta. */
@NullMarked
package io.omendb.gateway.olap;

import org.jspecify.annotations.NullMarked;
