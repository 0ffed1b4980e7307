package io.omendb.gateway.sql;

import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/**
 * A statement that parsed. {@code sql} is its own text without the semicolon; {@code offset} is
 * where that text begins in the whole query string, counted in characters. {@code node} is the
 * syntax tree, null for an empty statement. Trees are shared and must not be changed.
 */
public record ParsedSql(String sql, int offset, @Nullable SqlNode node) {}
