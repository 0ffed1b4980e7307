package io.omendb.gateway.sql.statement;

import java.util.Map;

/**
 * A statement that parsed. {@code sql} is its own text without the semicolon; {@code offset} is
 * where that text begins in the whole query string, counted in characters. Syntax trees are shared
 * and must not be changed. {@code parameterNumbers} tells for the position of each parameter which
 * one it is: trees only count them.
 */
public record ParsedSql(
    String sql, int offset, Statement statement, Map<Integer, Integer> parameterNumbers) {}
