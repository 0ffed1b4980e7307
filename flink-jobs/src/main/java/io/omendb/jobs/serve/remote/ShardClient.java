package io.omendb.jobs.serve.remote;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads shards of a runtime job in other processes, found by the files in which they announce
 * themselves. Confined to one thread; close it.
 */
public final class ShardClient implements AutoCloseable {
  private static final Pattern ANNOUNCEMENT = Pattern.compile("shards-(\\d+)-(\\d+)\\.address");

  private final Map<Integer, Connection> byShard = new HashMap<>();
  private final List<Connection> connections = new ArrayList<>();

  private record Connection(Socket socket, DataInputStream in, DataOutputStream out) {}

  /** A row as it is stored, its encoded key first. */
  public record Entry(byte[] key, byte[] row) {}

  /** Connects to every subtask that has announced itself. */
  public static ShardClient connect(Path announcements) throws IOException {
    ShardClient client = new ShardClient();
    boolean connected = false;
    try (Stream<Path> files = Files.list(announcements)) {
      for (Path file : files.toList()) {
        Matcher name = ANNOUNCEMENT.matcher(file.getFileName().toString());
        if (name.matches()) {
          client.add(file, Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2)));
        }
      }
      connected = true;
      return client;
    } finally {
      if (!connected) {
        client.close();
      }
    }
  }

  private void add(Path file, int firstShard, int lastShard) throws IOException {
    String[] address = Files.readString(file).split(" ", 2);
    Socket socket = new Socket(address[0], Integer.parseInt(address[1]));
    socket.setTcpNoDelay(true);
    Connection connection =
        new Connection(
            socket,
            new DataInputStream(socket.getInputStream()),
            new DataOutputStream(socket.getOutputStream()));
    connections.add(connection);
    for (int shard = firstShard; shard <= lastShard; shard++) {
      byShard.put(shard, connection);
    }
  }

  /** How many shards have a server. */
  public int shardCount() {
    return byShard.size();
  }

  /** The CSN up to which a shard has applied every commit. */
  public long appliedCsn(int shard) throws IOException {
    return call(shard, ShardWire.APPLIED, out -> out.writeInt(shard)).readLong();
  }

  /** A row at a CSN, waited for where the shard is behind; null where there is none. */
  public byte @Nullable [] get(int tableId, int shard, long csn, byte[] key) throws IOException {
    DataInputStream in =
        call(
            shard,
            ShardWire.GET,
            out -> {
              out.writeInt(tableId);
              out.writeInt(shard);
              out.writeLong(csn);
              write(out, key);
            });
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    byte[] row = new byte[length];
    in.readFully(row);
    return row;
  }

  /** All rows of a shard at a CSN, in key order. */
  public List<Entry> scan(int tableId, int shard, long csn) throws IOException {
    List<Entry> entries = new ArrayList<>();
    byte[] from = new byte[0];
    boolean more = true;
    while (more) {
      byte[] start = from;
      DataInputStream in =
          call(
              shard,
              ShardWire.SCAN,
              out -> {
                out.writeInt(tableId);
                out.writeInt(shard);
                out.writeLong(csn);
                write(out, start);
                out.writeInt(Integer.MAX_VALUE);
              });
      more = in.readBoolean();
      int count = in.readInt();
      for (int i = 0; i < count; i++) {
        byte[] key = ShardWire.readArray(in);
        entries.add(new Entry(key, ShardWire.readArray(in)));
        from = Arrays.copyOf(key, key.length + 1);
      }
    }
    return entries;
  }

  private interface Body {
    void write(DataOutputStream out) throws IOException;
  }

  private DataInputStream call(int shard, int operation, Body body) throws IOException {
    Connection connection = byShard.get(shard);
    if (connection == null) {
      throw new IOException("no process serves shard " + shard);
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(request);
    out.writeByte(operation);
    body.write(out);
    connection.out().writeInt(request.size());
    request.writeTo(connection.out());
    connection.out().flush();
    byte[] response = ShardWire.readMessage(connection.in());
    if (response[0] != ShardWire.OK) {
      throw new IOException(
          "shard %d: %s"
              .formatted(
                  shard, new String(response, 1, response.length - 1, StandardCharsets.UTF_8)));
    }
    return new DataInputStream(new ByteArrayInputStream(response, 1, response.length - 1));
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : connections) {
      connection.socket().close();
    }
  }
}
