package io.omendb.jobs.serve.remote;

import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.serve.shard.SubtaskShards;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves reads of one subtask's shards to other processes ({@link ShardWire}), and announces its
 * address in a file of a directory that both sides see, named after the shards. A thread per
 * connection, of which there are at most {@link #CONNECTIONS_MAX}; readers wait for shards here,
 * never on the task thread. Listens on the given interface only.
 */
public final class ShardServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardServer.class);
  private static final int CONNECTIONS_MAX = 64;
  private static final int BACKLOG = 64;
  private static final long READY_TIMEOUT_MS = 30_000;

  private final ShardDirectory shards;
  private final ServerSocket socket;
  private final Path announcement;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  private ShardServer(ShardDirectory shards, ServerSocket socket, Path announcement) {
    this.shards = shards;
    this.socket = socket;
    this.announcement = announcement;
  }

  /** Starts to serve the shards of one subtask, read through its JVM's directory. */
  public static ShardServer start(
      ShardDirectory shards, SubtaskShards subtask, InetAddress address, Path announcements)
      throws IOException {
    ServerSocket socket = new ServerSocket();
    boolean started = false;
    try {
      socket.bind(new InetSocketAddress(address, 0), BACKLOG);
      Files.createDirectories(announcements);
      Path announcement =
          announcements.resolve(
              "shards-%d-%d.address"
                  .formatted(
                      subtask.shards().getStartKeyGroup(), subtask.shards().getEndKeyGroup()));
      Path written = Files.createTempFile(announcements, "address", ".new");
      Files.writeString(
          written, "%s %d".formatted(address.getHostAddress(), socket.getLocalPort()));
      Files.move(written, announcement, StandardCopyOption.REPLACE_EXISTING);
      ShardServer server = new ShardServer(shards, socket, announcement);
      server.daemon("omendb-shard-server", server::accept);
      started = true;
      return server;
    } finally {
      if (!started) {
        socket.close();
      }
    }
  }

  private void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setContextClassLoader(ShardServer.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        if (connections.size() >= CONNECTIONS_MAX) {
          connection.close();
          continue;
        }
        connections.add(connection);
        daemon("omendb-shard-connection", () -> serve(connection));
      } catch (SocketException e) {
        LOG.debug("Shard server ends", e);
      } catch (IOException e) {
        LOG.warn("Cannot accept a connection", e);
      }
    }
  }

  private void serve(Socket connection) {
    try (connection;
        DataInputStream in = new DataInputStream(connection.getInputStream());
        DataOutputStream out = new DataOutputStream(connection.getOutputStream())) {
      connection.setTcpNoDelay(true);
      while (!socket.isClosed()) {
        byte[] response = answer(ShardWire.readMessage(in));
        out.writeInt(response.length);
        out.write(response);
        out.flush();
      }
    } catch (IOException e) {
      LOG.debug("Connection {} ends", connection, e);
    } finally {
      connections.remove(connection);
    }
  }

  private byte[] answer(byte[] request) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      out.writeByte(ShardWire.OK);
      answer(new DataInputStream(new ByteArrayInputStream(request)), out);
    } catch (RuntimeException | TimeoutException | ExecutionException | IOException e) {
      return error(e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return error("interrupted");
    }
    return bytes.toByteArray();
  }

  private static byte[] error(String message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(ShardWire.ERROR);
    bytes.write(message.getBytes(StandardCharsets.UTF_8));
    return bytes.toByteArray();
  }

  private void answer(DataInputStream in, DataOutputStream out)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    int operation = in.readUnsignedByte();
    switch (operation) {
      case ShardWire.APPLIED -> out.writeLong(shards.owner(shard(in)).appliedCsn());
      case ShardWire.GET -> get(in, out);
      case ShardWire.SCAN -> scan(in, out);
      default -> throw new IOException("unknown operation " + operation);
    }
  }

  private int shard(DataInputStream in) throws IOException {
    int shard = in.readInt();
    if (shard < 0 || shard >= shards.shardCount()) {
      throw new IOException("shard %d of %d".formatted(shard, shards.shardCount()));
    }
    return shard;
  }

  private void awaitReady(int shard, long csn)
      throws InterruptedException, ExecutionException, TimeoutException {
    shards.whenReady(shard, csn).get(READY_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private void get(DataInputStream in, DataOutputStream out)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    int tableId = in.readInt();
    int shard = shard(in);
    long csn = in.readLong();
    byte[] key = ShardWire.readArray(in);
    awaitReady(shard, csn);
    byte[] row = shards.reader(shard).get(Keyspaces.rows(tableId), shard, key, csn);
    if (row == null) {
      out.writeInt(-1);
    } else {
      out.writeInt(row.length);
      out.write(row);
    }
  }

  private void scan(DataInputStream in, DataOutputStream out)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    int tableId = in.readInt();
    int shard = shard(in);
    long csn = in.readLong();
    byte[] from = ShardWire.readArray(in);
    int rowsMax = in.readInt();
    awaitReady(shard, csn);
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    DataOutputStream rowsOut = new DataOutputStream(rows);
    int count = 0;
    boolean more = false;
    try (StoreCursor cursor =
        shards.reader(shard).scan(Keyspaces.rows(tableId), shard, from, null, csn)) {
      while (!more && cursor.next()) {
        if (cursor.isDeleted()) {
          continue;
        }
        if (count >= rowsMax || rows.size() >= ShardWire.SCAN_BYTES_MAX) {
          more = true;
        } else {
          write(rowsOut, cursor.key());
          write(rowsOut, cursor.value());
          count++;
        }
      }
    }
    out.writeBoolean(more);
    out.writeInt(count);
    rows.writeTo(out);
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket connection : connections) {
      connection.close();
    }
    Files.deleteIfExists(announcement);
  }
}
