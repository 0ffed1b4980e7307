package io.omendb.gateway.pgwire;

import io.omendb.gateway.session.SessionFactory;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpoint;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpointFactory;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpointFactoryUtils;
import org.jspecify.annotations.Nullable;

/**
 * Makes the PostgreSQL endpoint inside Flink's SQL gateway ({@code sql-gateway.endpoint.type:
 * postgres}). Flink creates factories by reflection and hands them no sessions, so the server gives
 * its {@link SessionFactory} to {@link #serve} before it starts the gateway, and is told by what it
 * gets back which endpoint Flink made. One server of a process at a time does so.
 */
public final class PgEndpointFactory implements SqlGatewayEndpointFactory {
  public static final String IDENTIFIER = "postgres";

  private static final ProcessRegistry<String, Served> SERVED =
      ProcessRegistry.of(Content.POSTGRESQL_ENDPOINT);

  /** Sessions that are served until this is closed, and by what endpoint. */
  public static final class Served implements AutoCloseable {
    private final SessionFactory sessions;
    private volatile @Nullable PgEndpoint endpoint;

    private Served(SessionFactory sessions) {
      this.sessions = sessions;
    }

    /** The endpoint made last; its address is known once it has started. */
    public Optional<PgEndpoint> endpoint() {
      return Optional.ofNullable(endpoint);
    }

    /** No further endpoint is made; one that runs is its gateway's to stop. */
    @Override
    public void close() {
      SERVED.remove(IDENTIFIER, this);
    }
  }

  /** Whose sessions the endpoints made from now on open. */
  public static Served serve(SessionFactory sessions) {
    Served served = new Served(sessions);
    SERVED.add(IDENTIFIER, served);
    return served;
  }

  @Override
  public SqlGatewayEndpoint createSqlGatewayEndpoint(Context context) {
    SqlGatewayEndpointFactoryUtils.EndpointFactoryHelper helper =
        SqlGatewayEndpointFactoryUtils.createEndpointFactoryHelper(this, context);
    helper.validate();
    Served served = SERVED.get(IDENTIFIER);
    if (served == null) {
      throw new IllegalStateException(
          "the postgres endpoint has no sessions to serve: it runs inside OmenDB's server, which"
              + " calls PgEndpointFactory.serve before it starts the gateway");
    }
    PgEndpoint endpoint =
        new PgEndpoint(
            PgEndpointSettings.of(Configuration.fromMap(context.getEndpointOptions())),
            served.sessions);
    served.endpoint = endpoint;
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
