/**
 * What parser, binder and sessions say to each other: syntax trees, statements that are ready to
 * run, the system tables they may name, and the errors of both. Depends on no other part of the
 * front end.
 */
@NullMarked
package io.omendb.gateway.sql.statement;

import org.jspecify.annotations.NullMarked;
