package io.omendb.gateway.pgwire;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.omendb.gateway.session.SessionFactory;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: which thread handles its messages, in which order, and how many may
 * wait.
 *
 * <p>At any time one thread owns the conversation. That is the event loop, which handles what needs
 * no waiting at once (a bound point read costs no thread switch), until a message comes that may
 * wait. Then a worker owns it: the message and all that follow go through the queue until it is
 * empty. {@code workerActive} says who owns; it changes under the lock, which also makes one
 * owner's writes visible to the next. A commit that needs nothing but the disk has no owner: the
 * event loop takes the conversation back when it is done.
 *
 * <p>Bounds: while the queue holds more than {@link #QUEUED_BYTES_MAX} or {@link
 * #QUEUED_MESSAGES_MAX} nothing more is read from the socket, so the client's TCP window closes.
 */
final class PgConnection extends ChannelInboundHandlerAdapter implements PortalRunner.Inbox {
  private static final Logger LOG = LoggerFactory.getLogger(PgConnection.class);

  /** Keeps a COPY's loader busy while the network delivers; times the connections still little. */
  private static final int QUEUED_BYTES_MAX = 1 << 20;

  private static final int QUEUED_MESSAGES_MAX = 4096;

  private final Channel channel;
  private final EventLoopWatch.Activity activity;
  private final ConnectionRegistry registry;
  private final Executor workers;
  private final ConnectionMemory memory;
  private final ClientOutput output;
  private final Conversation conversation;
  private final ScheduledFuture<?> startupTimeout;
  private final Consumer<PgConnection> onFinished;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final ArrayDeque<FrontendMessage> queue = new ArrayDeque<>();

  @GuardedBy("lock")
  private long queuedBytes;

  @GuardedBy("lock")
  private boolean readingPaused;

  @GuardedBy("lock")
  private boolean workerActive;

  @GuardedBy("lock")
  private boolean gone;

  /** What {@link #take} gave last. The worker's. */
  private @Nullable FrontendMessage taken;

  /** Ends the connection of a client that stays silent too long; null for none. Event loop. */
  private @Nullable ScheduledFuture<?> idleTimeout;

  /** One of the endpoint's connections is ours to give back. Event loop, then the last worker. */
  private boolean hasSlot;

  PgConnection(
      Channel channel,
      EventLoopWatch.Activity activity,
      FrontendDecoder decoder,
      SessionFactory sessions,
      ConnectionRegistry registry,
      Authentication authentication,
      Executor workers,
      ConnectionMemory memory,
      Duration startupTimeoutAfter,
      Consumer<PgConnection> onFinished) {
    this.channel = channel;
    this.activity = activity;
    this.registry = registry;
    this.workers = workers;
    this.memory = memory;
    this.onFinished = onFinished;
    this.output = new ClientOutput(channel, lock, memory.results());
    this.startupTimeout =
        channel
            .eventLoop()
            .schedule(this::closeChannel, startupTimeoutAfter.toMillis(), TimeUnit.MILLISECONDS);
    this.conversation =
        new Conversation(
            output,
            sessions,
            registry,
            authentication,
            this,
            memory.requests(),
            () -> {
              startupTimeout.cancel(false);
              channel.eventLoop().execute(decoder::authenticated);
            });
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    FrontendMessage received = (FrontendMessage) message;
    stopIdleTimeout();
    if (received instanceof FrontendMessage.CancelRequest cancel) {
      cancelOther(cancel);
      return;
    }
    synchronized (lock) {
      if (gone) {
        release(received);
        return;
      }
      if (workerActive) {
        enqueue(received);
        return;
      }
    }
    if (!output.isBacklogged() && conversation.tryHandle(received)) {
      release(received);
      CompletableFuture<?> commit = conversation.committing();
      if (commit != null) {
        synchronized (lock) {
          workerActive = true;
        }
        resumeAfter(commit);
      }
      return;
    }
    if (received instanceof FrontendMessage.Startup && !hasSlot) {
      if (!registry.tryEnter()) {
        refuse("sorry, too many clients already");
        return;
      }
      hasSlot = true;
    }
    synchronized (lock) {
      enqueue(received);
      workerActive = true;
    }
    startWorker();
  }

  /** Not queued: who asks for it may hang up at once, and a queue ends with its connection. */
  private void cancelOther(FrontendMessage.CancelRequest cancel) {
    onWorker(
        () -> {
          registry.cancel(cancel.processId(), cancel.secretKey());
          closeChannel();
        });
  }

  /** Elsewhere, or here where the workers have no thread for it. */
  private void onWorker(Runnable task) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException noThread) {
      task.run();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    synchronized (lock) {
      if (workerActive) {
        return;
      }
    }
    output.flush();
    startIdleTimeout();
  }

  /** The client has been answered: its silence counts from here. The conversation is ours. */
  private void startIdleTimeout() {
    long timeoutMs = conversation.idleTimeoutMs();
    if (timeoutMs > 0 && idleTimeout == null) {
      idleTimeout =
          channel
              .eventLoop()
              .schedule(() -> activity.run(this::endIdle), timeoutMs, TimeUnit.MILLISECONDS);
    }
  }

  private void stopIdleTimeout() {
    ScheduledFuture<?> running = idleTimeout;
    if (running != null) {
      idleTimeout = null;
      running.cancel(false);
    }
  }

  /** Nothing came since the timeout began, or it would have been stopped. */
  private void endIdle() {
    idleTimeout = null;
    synchronized (lock) {
      if (gone || workerActive) {
        return;
      }
    }
    conversation.endIdle();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    output.wakeUp();
  }

  /** The client is gone: what runs is cancelled, and a worker rolls back and cleans up. */
  @Override
  public void channelInactive(ChannelHandlerContext context) {
    startupTimeout.cancel(false);
    stopIdleTimeout();
    boolean cleanUp;
    synchronized (lock) {
      gone = true;
      queue.forEach(this::release);
      queue.clear();
      queuedBytes = 0;
      lock.notifyAll();
      cleanUp = !workerActive;
      workerActive = true;
    }
    if (cleanUp) {
      if (hasSlot) {
        startWorker();
      } else {
        finish(); // no session was ever opened, so nothing can wait
      }
    } else {
      onWorker(conversation::cancel);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.warn("closing the connection of {}", channel.remoteAddress(), cause);
    }
    closeChannel();
  }

  /**
   * Tells the client that the server goes, between two messages, and ends what runs. Any thread.
   */
  void shutDown() {
    ByteBuf farewell = channel.alloc().buffer();
    BackendMessages.errorResponse(
        farewell,
        BackendMessages.Severity.FATAL,
        ErrorCode.ADMIN_SHUTDOWN.sqlState(),
        "terminating connection due to administrator command");
    var unused = channel.writeAndFlush(farewell).addListener(ChannelFutureListener.CLOSE);
    conversation.cancel();
  }

  /** What follows happens in {@link #channelInactive}. Any thread. */
  private void closeChannel() {
    var unused = channel.close();
  }

  private void refuse(String reason) {
    BackendMessages.errorResponse(
        output.buffer(),
        BackendMessages.Severity.FATAL,
        ErrorCode.TOO_MANY_CONNECTIONS.sqlState(),
        reason);
    output.flushAndClose();
  }

  private void startWorker() {
    try {
      workers.execute(this::work);
    } catch (RejectedExecutionException noThread) {
      LOG.warn("no worker for the connection of {}", channel.remoteAddress(), noThread);
      closeChannel();
    }
  }

  /** Owns the conversation until the queue is empty or the client is gone. */
  private void work() {
    try {
      while (true) {
        FrontendMessage message;
        synchronized (lock) {
          if (gone) {
            break;
          }
          message = dequeue();
        }
        if (message == null) {
          onLoop(this::takeBack);
          return;
        }
        output.flushIfDue();
        try {
          conversation.handle(message);
        } finally {
          release(message);
          releaseTaken();
        }
        CompletableFuture<?> commit = conversation.committing();
        if (commit != null) {
          resumeAfter(commit);
          return;
        }
      }
    } catch (RuntimeException | Error unexpected) {
      LOG.error("closing the connection of {}", channel.remoteAddress(), unexpected);
      closeChannel();
      synchronized (lock) {
        if (!gone) {
          workerActive = false; // channelInactive starts the worker that cleans up
          return;
        }
      }
    }
    finish();
  }

  /**
   * The conversation waits for a commit, without a thread: what comes meanwhile is queued, and the
   * event loop goes on when it is done. The caller owns the conversation no more.
   */
  private void resumeAfter(CompletableFuture<?> commit) {
    var unused =
        commit.whenComplete(
            (csn, failure) ->
                onLoop(
                    () -> {
                      conversation.resume();
                      takeBack();
                    }));
  }

  private void onLoop(Runnable task) {
    channel.eventLoop().execute(() -> activity.run(task));
  }

  /**
   * The worker is done: the event loop sends what it left and owns the conversation again. In a
   * task of its own, which comes after those that send the worker's earlier output; what the event
   * loop writes itself would overtake them.
   */
  private void takeBack() {
    output.flush();
    synchronized (lock) {
      if (!gone && queue.isEmpty()) {
        workerActive = false;
      }
      if (workerActive) {
        startWorker();
        return;
      }
    }
    startIdleTimeout();
  }

  /** Once, by the last owner. */
  private void finish() {
    try {
      conversation.close();
    } catch (RuntimeException failed) {
      LOG.error("closing the session of {}", channel.remoteAddress(), failed);
    } finally {
      if (hasSlot) {
        registry.leave();
      }
      onFinished.accept(this);
    }
  }

  @Override
  public FrontendMessage take() {
    releaseTaken();
    synchronized (lock) {
      while (true) {
        if (gone) {
          throw new OmenException(ErrorCode.CONNECTION_FAILURE, "the client is gone");
        }
        if (output.isCanceled()) {
          throw new OmenException(
              ErrorCode.QUERY_CANCELED, "canceling statement due to user request");
        }
        FrontendMessage message = dequeue();
        if (message != null) {
          taken = message;
          return FrontendDecoder.decoded(message);
        }
        try {
          lock.wait();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new OmenException(ErrorCode.QUERY_CANCELED, "interrupted", interrupted);
        }
      }
    }
  }

  /** The message was handled, or nobody will handle it. */
  private void release(FrontendMessage message) {
    memory.requests().release(message.sharedBytes());
  }

  private void releaseTaken() {
    FrontendMessage handled = taken;
    taken = null;
    if (handled != null) {
      release(handled);
    }
  }

  @GuardedBy("lock")
  private void enqueue(FrontendMessage message) {
    queue.add(message);
    queuedBytes += message.sizeBytes();
    if (!readingPaused && (queuedBytes > QUEUED_BYTES_MAX || queue.size() > QUEUED_MESSAGES_MAX)) {
      readingPaused = true;
      channel.config().setAutoRead(false);
    }
    lock.notifyAll();
  }

  @GuardedBy("lock")
  private @Nullable FrontendMessage dequeue() {
    FrontendMessage message = queue.poll();
    if (message != null) {
      queuedBytes -= message.sizeBytes();
      if (readingPaused
          && queuedBytes < QUEUED_BYTES_MAX / 2
          && queue.size() < QUEUED_MESSAGES_MAX / 2) {
        readingPaused = false;
        channel.config().setAutoRead(true);
      }
    }
    return message;
  }
}
