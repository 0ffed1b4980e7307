package io.omendb.gateway.sql.statement;

import io.omendb.gateway.types.PgType;

/**
 * One column of a query's result. {@code tableId} and {@code columnNumber} (1-based) are 0 for an
 * expression; {@code typeModifier} is -1 for none.
 */
public record OutputColumn(
    String name, PgType type, int typeModifier, int tableId, int columnNumber) {}
