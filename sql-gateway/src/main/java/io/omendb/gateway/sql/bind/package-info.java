/**
 * Syntax trees to relational plans: names, types and functions are resolved by PostgreSQL's rules,
 * and each expression becomes one over {@link io.omendb.gateway.sql.functions.RelTypes}. Depends on
 * the parser's trees and the functions; knows no session and no executor.
 */
@NullMarked
package io.omendb.gateway.sql.bind;

import org.jspecify.annotations.NullMarked;
