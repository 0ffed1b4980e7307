package io.omendb.gateway.pgwire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryShare;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way to one client. Messages gather in one buffer and are handed to Netty whole.
 *
 * <p>Backpressure: a worker that has filled a chunk waits until Netty has sent most of what it
 * holds, so a client that does not read costs a chunk and Netty's high-water mark, however large
 * the result; of larger rows all connections share a number of bytes. The event loop never waits;
 * it hands work over while {@link #isBacklogged()}.
 *
 * <p>Confined to the connection's current thread, except {@link #wakeUp}, {@link #cancel} and
 * {@link #isCanceled}.
 */
final class ClientOutput {
  /** A chunk: large enough that a system call is cheap beside it, small enough to multiply. */
  static final int CHUNK_BYTES = 64 * 1024;

  private static final int INITIAL_BYTES = 1024;

  /** Up to this the buffer takes nothing of the memory for large rows. */
  private static final int LARGE_BYTES_MIN = 4 * CHUNK_BYTES;

  private final Channel channel;
  private final Object monitor;
  private final MemoryShare largeRows;

  /** What the buffer has taken of {@link #largeRows}. */
  private long largeBytes;

  private @Nullable ByteBuf buffer;
  private boolean flushDue;
  private volatile boolean canceled;

  /**
   * {@code monitor} is what the connection's threads wait on, {@code largeRows} what output beyond
   * the usual takes.
   */
  ClientOutput(Channel channel, Object monitor, MemoryShare largeRows) {
    this.channel = channel;
    this.monitor = monitor;
    this.largeRows = largeRows;
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
      if (largeBytes > 0) {
        var unused = write(current);
      } else {
        // A failure reaches the connection's exceptionCaught.
        var unused = channel.writeAndFlush(current, channel.voidPromise());
      }
    }
  }

  /** What was taken for it is given back when it is sent, or the connection has ended. */
  private ChannelFuture write(ByteBuf current) {
    long taken = largeBytes;
    largeBytes = 0;
    return channel.writeAndFlush(current).addListener(sent -> largeRows.release(taken));
  }

  /** Sends what there is and then ends the connection. */
  void flushAndClose() {
    ByteBuf current = buffer();
    buffer = null;
    write(current).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Takes memory for a message that is larger than a few chunks; OUT_OF_MEMORY, and the message is
   * gone from the buffer, where there is none.
   *
   * @param messageStart the buffer's writer index before the message
   */
  void settle(int messageStart) {
    ByteBuf current = buffer;
    if (current == null || current.readableBytes() <= LARGE_BYTES_MIN) {
      return;
    }
    long more = current.readableBytes() - largeBytes;
    if (!largeRows.tryReserve(more)) {
      current.writerIndex(messageStart);
      current.capacity(Math.max(messageStart, INITIAL_BYTES));
      throw largeRows.exhausted(more);
    }
    largeBytes += more;
  }

  /** Frees what was not sent. */
  void discard() {
    ByteBuf current = buffer;
    if (current != null) {
      buffer = null;
      current.release();
      largeRows.release(largeBytes);
      largeBytes = 0;
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
