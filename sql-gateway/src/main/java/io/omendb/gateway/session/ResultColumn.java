package io.omendb.gateway.session;

import io.omendb.gateway.types.PgType;

/**
 * One column of a result as RowDescription tells it; {@code tableId} and {@code columnNumber}
 * (1-based) are 0 for an expression, {@code typeModifier} is -1 for none.
 */
public record ResultColumn(
    String name, PgType type, int typeModifier, int tableId, int columnNumber) {}
