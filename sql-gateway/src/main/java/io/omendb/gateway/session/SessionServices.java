package io.omendb.gateway.session;

import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.route.Router;
import io.omendb.gateway.sql.SqlFrontEnd;
import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.table.Catalog;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of a database share. {@code timeouts} ends statements that take too long;
 * {@code clockMicros} is the time in microseconds since 1970 UTC; {@code analytics} is null where
 * everything runs in state; {@code options} bounds what statements take.
 */
record SessionServices(
    Database database,
    String databaseName,
    SqlFrontEnd frontEnd,
    @Nullable AnalyticalEngine analytics,
    Router router,
    Function<Catalog, CatalogLookup> lookups,
    ScheduledExecutorService timeouts,
    LongSupplier clockMicros,
    OmenSessionFactory.Options options) {}
