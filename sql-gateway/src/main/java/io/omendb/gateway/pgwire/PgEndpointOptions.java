package io.omendb.gateway.pgwire;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/**
 * The endpoint's options, under {@code sql-gateway.endpoint.postgres.} in Flink's configuration.
 */
public final class PgEndpointOptions {

  public static final ConfigOption<String> HOST =
      ConfigOptions.key("host")
          .stringType()
          .defaultValue("127.0.0.1")
          .withDescription("Address to listen on. There is no authentication: loopback only.");

  public static final ConfigOption<Integer> PORT =
      ConfigOptions.key("port")
          .intType()
          .defaultValue(5433)
          .withDescription("TCP port; 0 takes a free one.");

  public static final ConfigOption<Integer> CONNECTIONS_MAX =
      ConfigOptions.key("max-connections")
          .intType()
          .defaultValue(1024)
          .withDescription("Sessions at a time; one more gets 53300.");

  public static final ConfigOption<MemorySize> MESSAGE_BYTES_MAX =
      ConfigOptions.key("max-message-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(64))
          .withDescription(
              "The longest message a client may send. It is held in memory while it arrives.");

  public static final ConfigOption<MemorySize> LARGE_MESSAGE_BYTES_MAX =
      ConfigOptions.key("max-large-message-memory")
          .memoryType()
          .noDefaultValue()
          .withDescription(
              "Memory for messages above 64 kB and for prepared statements, of all connections"
                  + " together; beyond it a message gets 53200 and its connection ends. By default"
                  + " the connections' share of the process's memory.");

  public static final ConfigOption<Duration> STARTUP_TIMEOUT =
      ConfigOptions.key("startup-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(60))
          .withDescription("How long a connection may take to start up and authenticate.");

  private PgEndpointOptions() {}
}
