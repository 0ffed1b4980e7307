package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way to one client. Messages gather in one buffer and are handed to Netty whole.
 *
 * <p>Backpressure: a worker that has filled a chunk waits until Netty has sent most of what it
 * holds, so a client that does not read costs a chunk and Netty's high-water mark, however large
 * the result. The event loop never waits; it hands work over while {@link #isBacklogged()}.
 *
 * <p>Confined to the connection's current thread, except {@link #wakeUp}, {@link #cancel} and
 * {@link #isCanceled}.
 */
final class ClientOutput {
  /** A chunk: large enough that a system call is cheap beside it, small enough to multiply. */
  static final int CHUNK_BYTES = 64 * 1024;

  private static final int INITIAL_BYTES = 1024;

  private final Channel channel;
  private final Object monitor;
  private @Nullable ByteBuf buffer;
  private boolean flushDue;
  private volatile boolean canceled;

  /** {@code monitor} is what the connection's threads wait on. */
  ClientOutput(Channel channel, Object monitor) {
    this.channel = channel;
    this.monitor = monitor;
  }

  /** Where the next message is appended; ask again after each flush. */
  ByteBuf buffer() {
    ByteBuf current = buffer;
    if (current == null) {
      current = channel.alloc().buffer(INITIAL_BYTES);
      buffer = current;
    }
    return current;
  }

  /**
   * The client waits for what there is: it goes before the next message is handled, or when there
   * is none.
   */
  void flushSoon() {
    flushDue = true;
  }

  void flushIfDue() {
    if (flushDue) {
      flush();
    }
  }

  /** Sends what there is; does not wait. */
  void flush() {
    flushDue = false;
    ByteBuf current = buffer;
    if (current != null) {
      buffer = null;
      // A failure reaches the connection's exceptionCaught.
      var unused = channel.writeAndFlush(current, channel.voidPromise());
    }
  }

  /** Sends what there is and then ends the connection. */
  void flushAndClose() {
    ByteBuf current = buffer();
    buffer = null;
    channel.writeAndFlush(current).addListener(ChannelFutureListener.CLOSE);
  }

  /** Frees what was not sent. */
  void discard() {
    ByteBuf current = buffer;
    if (current != null) {
      buffer = null;
      current.release();
    }
  }

  /** Whether more output should wait for the client. */
  boolean isBacklogged() {
    ByteBuf current = buffer;
    return !channel.isWritable() || (current != null && current.readableBytes() >= CHUNK_BYTES);
  }

  /**
   * Sends a full chunk, then waits for the client; QUERY_CANCELED after {@link #cancel},
   * CONNECTION_FAILURE where the client is gone. Workers only.
   */
  void flushFullChunk() {
    ByteBuf current = buffer;
    if (current != null && current.readableBytes() >= CHUNK_BYTES) {
      flush();
      awaitWritable();
    }
  }

  /** Waits until Netty takes more. Workers only. */
  void awaitWritable() {
    synchronized (monitor) {
      while (!channel.isWritable() && channel.isActive() && !canceled) {
        try {
          monitor.wait();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new OmenException(ErrorCode.QUERY_CANCELED, "interrupted", interrupted);
        }
      }
    }
    if (!channel.isActive()) {
      throw new OmenException(ErrorCode.CONNECTION_FAILURE, "the client is gone");
    }
    if (canceled && !channel.isWritable()) {
      throw new OmenException(ErrorCode.QUERY_CANCELED, "canceling statement due to user request");
    }
  }

  /** To be called when the channel's writability or life has changed. Any thread. */
  void wakeUp() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  /** Ends a wait of the statement that runs. Any thread. */
  void cancel() {
    canceled = true;
    wakeUp();
  }

  /** Forgets a cancel that found nothing to end. */
  void beginStatement() {
    canceled = false;
  }

  boolean isCanceled() {
    return canceled;
  }
}
