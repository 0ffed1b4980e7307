package io.omendb.gateway.pgwire;

import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;

/**
 * {@link PgEndpointOptions} as checked values; {@code largeMessageBytesMax} 0 is the process's
 * share.
 */
public record PgEndpointSettings(
    String host,
    int port,
    int connectionsMax,
    int messageBytesMax,
    long largeMessageBytesMax,
    Duration startupTimeout) {

  public PgEndpointSettings {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, got " + port);
    }
    if (connectionsMax < 1) {
      throw new IllegalArgumentException("max-connections must be positive, got " + connectionsMax);
    }
    if (messageBytesMax < FrontendDecoder.SMALL_MESSAGE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "max-message-size must be at least %d bytes, got %d"
              .formatted(FrontendDecoder.SMALL_MESSAGE_BYTES_MAX, messageBytesMax));
    }
  }

  static PgEndpointSettings of(ReadableConfig config) {
    return new PgEndpointSettings(
        config.get(PgEndpointOptions.HOST),
        config.get(PgEndpointOptions.PORT),
        config.get(PgEndpointOptions.CONNECTIONS_MAX),
        Math.toIntExact(config.get(PgEndpointOptions.MESSAGE_BYTES_MAX).getBytes()),
        config
            .getOptional(PgEndpointOptions.LARGE_MESSAGE_BYTES_MAX)
            .map(MemorySize::getBytes)
            .orElse(0L),
        config.get(PgEndpointOptions.STARTUP_TIMEOUT));
  }

  /** The defaults on loopback and a free port: for tests and programs that embed the endpoint. */
  public static PgEndpointSettings onFreePort() {
    Configuration config = new Configuration();
    config.set(PgEndpointOptions.PORT, 0);
    return of(config);
  }
}
