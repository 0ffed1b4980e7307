/**
 * The SQL front end: parser, binder, types, functions; one validated relational plan for both
 * routes.
 */
@NullMarked
package io.omendb.gateway.sql;

import org.jspecify.annotations.NullMarked;
