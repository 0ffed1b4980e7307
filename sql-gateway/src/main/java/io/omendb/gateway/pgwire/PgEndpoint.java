package io.omendb.gateway.pgwire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.omendb.gateway.session.SessionFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.gateway.api.endpoint.SqlGatewayEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Listens for PostgreSQL clients.
 *
 * <p>Threads: one accepting event loop; event loops, one per processor, which decode, answer point
 * reads and send; workers, at most one per connection, for what may wait. Idle workers end.
 *
 * <p>{@link #start} and {@link #stop} belong to one owner, who calls each once.
 */
public final class PgEndpoint implements SqlGatewayEndpoint {
  /** A connection's old worker may still be returning when its new one starts. */
  private static final int SPARE_WORKERS = 64;

  private static final long WORKER_IDLE_SECONDS = 30;
  private static final long STOP_SECONDS_MAX = 10;

  /** What Netty may hold for a client before its worker waits: a few chunks. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(2 * ClientOutput.CHUNK_BYTES, 4 * ClientOutput.CHUNK_BYTES);

  private final PgEndpointSettings settings;
  private final SessionFactory sessions;
  private final ConnectionRegistry registry;
  private final MemoryBudget largeMessages;
  private final Set<PgConnection> connections = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor workers;
  private final EventLoopWatch watch = new EventLoopWatch();
  private @Nullable EventLoopGroup acceptor;
  private @Nullable EventLoopGroup eventLoops;
  private volatile @Nullable Channel listener;
  private volatile boolean stopping;

  public PgEndpoint(PgEndpointSettings settings, SessionFactory sessions) {
    this.settings = settings;
    this.sessions = sessions;
    this.registry = new ConnectionRegistry(settings.connectionsMax());
    this.largeMessages = new MemoryBudget(settings.largeMessageBytesMax());
    this.workers =
        new ThreadPoolExecutor(
            0,
            settings.connectionsMax() + SPARE_WORKERS,
            WORKER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DefaultThreadFactory("omendb-pgwire-worker", true));
  }

  /** IOException naming the address where it cannot be listened on. */
  @Override
  public void start() throws IOException {
    acceptor =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("omendb-pgwire-accept", true), NioIoHandler.newFactory());
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            new DefaultThreadFactory("omendb-pgwire-io", true),
            NioIoHandler.newFactory());
    eventLoops = loops;
    watch.start();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptor, loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                });
    var bound = bootstrap.bind(settings.host(), settings.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      shutDownEventLoops();
      throw new IOException(
          "cannot listen on %s:%d: %s"
              .formatted(settings.host(), settings.port(), bound.cause().getMessage()),
          bound.cause());
    }
    listener = bound.channel();
  }

  private void accept(Channel channel) {
    // Connections that are still starting up, or only cancel, have no slot yet: as many again.
    if (stopping || connections.size() >= 2 * settings.connectionsMax() + SPARE_WORKERS) {
      var unused = channel.close();
      return;
    }
    FrontendDecoder decoder = new FrontendDecoder(settings.messageBytesMax(), largeMessages);
    EventLoopWatch.Activity activity = watch.of(channel.eventLoop());
    PgConnection connection =
        new PgConnection(
            channel,
            activity,
            decoder,
            sessions,
            registry,
            Authentication.TRUST.begin(),
            workers,
            settings.startupTimeout(),
            this::finished);
    connections.add(connection);
    channel.pipeline().addLast(new EventLoopWatch.Tap(activity), decoder, connection);
  }

  /** Where it listens, the port that was free included; IllegalStateException before start. */
  public InetSocketAddress address() {
    Channel open = listener;
    if (open == null) {
      throw new IllegalStateException("the endpoint has not started");
    }
    return (InetSocketAddress) open.localAddress();
  }

  /** Sessions open now. */
  public int sessionCount() {
    return registry.size();
  }

  /** Tasks that held an event loop for too long, with their stacks. */
  List<String> eventLoopHolds() {
    return watch.holds();
  }

  /** Bytes of large messages in memory now. */
  long largeMessageBytes() {
    return largeMessages.usedBytes();
  }

  /** Sends every client 57P01, rolls back their transactions and frees the port; idempotent. */
  @Override
  public void stop() {
    stopping = true;
    Channel open = listener;
    if (open != null) {
      open.close().awaitUninterruptibly();
    }
    connections.forEach(PgConnection::shutDown);
    try {
      awaitConnections();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    workers.shutdownNow();
    shutDownEventLoops();
    watch.close();
  }

  /** A connection has rolled back and let go of everything. */
  private void finished(PgConnection connection) {
    connections.remove(connection);
    synchronized (connections) {
      connections.notifyAll();
    }
  }

  private void awaitConnections() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS_MAX);
    synchronized (connections) {
      while (!connections.isEmpty()) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (leftMs <= 0) {
          return;
        }
        connections.wait(leftMs);
      }
    }
  }

  private void shutDownEventLoops() {
    for (EventLoopGroup group : new EventLoopGroup[] {acceptor, eventLoops}) {
      if (group != null) {
        group.shutdownGracefully(0, STOP_SECONDS_MAX, TimeUnit.SECONDS).awaitUninterruptibly();
      }
    }
  }
}
