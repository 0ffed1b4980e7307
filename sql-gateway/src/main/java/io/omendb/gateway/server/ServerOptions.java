package io.omendb.gateway.server;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The server's command line. Ports are 0 for a free one; {@code lakeProperties} are Iceberg catalog
 * properties that replace the default catalog (SQLite in the data directory), given as {@code
 * --lake KEY=VALUE}.
 */
public record ServerOptions(
    Path dataDirectory,
    String host,
    int port,
    int flinkUiPort,
    int gatewayRestPort,
    int shardCount,
    int connectionsMax,
    long checkpointIntervalMs,
    long cutIntervalMs,
    long cutBytesMax,
    long logSegmentBytes,
    long diskReserveBytes,
    boolean foreground,
    Map<String, String> lakeProperties) {

  public ServerOptions {
    lakeProperties = Map.copyOf(lakeProperties);
  }

  static ServerOptions parse(String[] arguments) throws ServerException {
    Map<String, String> given = new HashMap<>();
    Map<String, String> lake = new HashMap<>();
    boolean foreground = false;
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (name.equals("--foreground")) {
        foreground = true;
        continue;
      }
      if (!KNOWN.containsKey(name)) {
        throw new ServerException("unknown option " + name + "; known: " + KNOWN.keySet());
      }
      if (i + 1 == arguments.length) {
        throw new ServerException(name + " needs a value (" + KNOWN.get(name) + ")");
      }
      String value = arguments[++i];
      if (name.equals("--lake")) {
        int equals = value.indexOf('=');
        if (equals < 1) {
          throw new ServerException("--lake takes KEY=VALUE, got " + value);
        }
        lake.put(value.substring(0, equals), value.substring(equals + 1));
      } else {
        given.put(name, value);
      }
    }
    return new ServerOptions(
        Path.of(given.getOrDefault("--data", ".omendb")).toAbsolutePath().normalize(),
        given.getOrDefault("--host", "127.0.0.1"),
        (int) number(given, "--port", 5433, 65_535),
        (int) number(given, "--flink-ui-port", 8081, 65_535),
        (int) number(given, "--gateway-rest-port", 8083, 65_535),
        (int) number(given, "--shards", 32, 32_768),
        (int) number(given, "--connections-max", 1_100, 100_000),
        number(given, "--checkpoint-interval-ms", 30_000, Integer.MAX_VALUE),
        number(given, "--cut-interval-ms", 5_000, Integer.MAX_VALUE),
        number(given, "--cut-bytes-max", 64L << 20, Long.MAX_VALUE),
        Math.max(1, number(given, "--log-segment-bytes", 64L << 20, 1L << 40)),
        number(given, "--disk-reserve-mb", 256, Integer.MAX_VALUE) << 20,
        foreground,
        lake);
  }

  private static final Map<String, String> KNOWN =
      Map.ofEntries(
          Map.entry("--data", "data directory"),
          Map.entry("--host", "address to listen on"),
          Map.entry("--port", "PostgreSQL port"),
          Map.entry("--flink-ui-port", "port of Flink's web interface"),
          Map.entry("--gateway-rest-port", "port of the Flink SQL gateway's REST endpoint"),
          Map.entry("--shards", "shards of a new database"),
          Map.entry("--connections-max", "PostgreSQL connections at most"),
          Map.entry("--checkpoint-interval-ms", "milliseconds between checkpoints"),
          Map.entry("--cut-interval-ms", "milliseconds between lake cuts"),
          Map.entry("--cut-bytes-max", "bytes of changes after which a cut does not wait"),
          Map.entry("--log-segment-bytes", "size of the commit log's files"),
          Map.entry("--disk-reserve-mb", "megabytes of disk below which writes are refused"),
          Map.entry("--lake", "an Iceberg catalog property"));

  private static long number(Map<String, String> given, String name, long fallback, long max)
      throws ServerException {
    String text = given.getOrDefault(name, Long.toString(fallback));
    try {
      long value = Long.parseLong(text);
      if (value >= 0 && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new ServerException(name + " takes a number from 0 to " + max + ", got " + text, e);
    }
    throw new ServerException(name + " takes a number from 0 to " + max + ", got " + text);
  }
}
