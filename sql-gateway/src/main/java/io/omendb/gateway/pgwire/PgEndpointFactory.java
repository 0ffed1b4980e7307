package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.SessionFactory;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpoint;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpointFactory;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpointFactoryUtils;
import org.jspecify.annotations.Nullable;

/**
 * Makes the PostgreSQL endpoint inside Flink's SQL gateway ({@code sql-gateway.endpoint.type:
 * postgres}). Flink creates factories by reflection and hands them no sessions, so the server gives
 * its {@link SessionFactory} to {@link #serve} before it starts the gateway, and finds the endpoint
 * that Flink made with {@link #running}.
 */
public final class PgEndpointFactory implements SqlGatewayEndpointFactory {
  public static final String IDENTIFIER = "postgres";

  private static final AtomicReference<@Nullable SessionFactory> SESSIONS = new AtomicReference<>();
  private static final AtomicReference<@Nullable PgEndpoint> RUNNING = new AtomicReference<>();

  /** Whose sessions the endpoints made from now on open. */
  public static void serve(SessionFactory sessions) {
    SESSIONS.set(sessions);
  }

  /** The endpoint made last; its address is known once it has started. */
  public static Optional<PgEndpoint> running() {
    return Optional.ofNullable(RUNNING.get());
  }

  @Override
  public SqlGatewayEndpoint createSqlGatewayEndpoint(Context context) {
    SqlGatewayEndpointFactoryUtils.EndpointFactoryHelper helper =
        SqlGatewayEndpointFactoryUtils.createEndpointFactoryHelper(this, context);
    helper.validate();
    SessionFactory sessions = SESSIONS.get();
    if (sessions == null) {
      throw new IllegalStateException(
          "the postgres endpoint has no sessions to serve: it runs inside OmenDB's server, which"
              + " calls PgEndpointFactory.serve before it starts the gateway");
    }
    PgEndpoint endpoint =
        new PgEndpoint(
            PgEndpointSettings.of(Configuration.fromMap(context.getEndpointOptions())), sessions);
    RUNNING.set(endpoint);
    return endpoint;
  }

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(
        PgEndpointOptions.HOST,
        PgEndpointOptions.PORT,
        PgEndpointOptions.CONNECTIONS_MAX,
        PgEndpointOptions.MESSAGE_BYTES_MAX,
        PgEndpointOptions.LARGE_MESSAGE_BYTES_MAX,
        PgEndpointOptions.STARTUP_TIMEOUT);
  }
}
