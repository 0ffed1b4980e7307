package io.omendb.gateway.oltp;

import java.time.ZoneId;

/**
 * What of its session a statement's functions may ask. Times are microseconds since 1970 UTC;
 * {@code transactionMicros} is what now() returns.
 */
public record StatementEnvironment(
    ZoneId zone,
    long transactionMicros,
    long statementMicros,
    String user,
    String database,
    String schema,
    int processId) {}
