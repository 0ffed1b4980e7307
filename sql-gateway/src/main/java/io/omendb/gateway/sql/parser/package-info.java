/**
 * Text to syntax trees. {@link io.omendb.gateway.sql.parser.PgLexer} makes PostgreSQL's tokens;
 * queries and expressions are parsed by the parser that is generated from Calcite's grammar
 * template, fed with those tokens; the statements around them by {@link
 * io.omendb.gateway.sql.parser.StatementParser}. Knows no catalog.
 */
@NullMarked
package io.omendb.gateway.sql.parser;

import org.jspecify.annotations.NullMarked;
