/** PostgreSQL's frontend/backend protocol 3.0 on Netty, as a Flink SQL gateway endpoint. */
@NullMarked
package io.omendb.gateway.pgwire;

import org.jspecify.annotations.NullMarked;
