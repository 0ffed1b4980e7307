package io.omendb.jobs.memory;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;

/**
 * What one owner, such as a running statement, holds of a {@link MemoryShare}: taken in steps,
 * given back at the end. The first {@link #FREE_BYTES} are not counted in the share (what all
 * owners together hold so is part of the rest of the heap), so small owners never meet at it.
 *
 * <p>Confined to its owner's thread. Closed by its owner; idempotent.
 */
public final class MemoryAccount implements AutoCloseable {
  /** Held without asking. */
  public static final long FREE_BYTES = 64 << 10;

  private static final long STEP_BYTES = 64 << 10;

  /** How long an owner that holds nothing waits for a first step. */
  private static final long WAIT_MS_MAX = 10_000;

  private final MemoryShare share;
  private final long bytesMax;
  private final String limitHint;
  private long bytes;
  private long reservedBytes;
  private boolean closed;

  /**
   * {@code bytesMax} bounds this owner alone; {@code limitHint} tells a user what to do at that
   * bound.
   */
  public MemoryAccount(MemoryShare share, long bytesMax, String limitHint) {
    this.share = share;
    this.bytesMax = bytesMax;
    this.limitHint = limitHint;
  }

  /** Bytes held. */
  public long bytes() {
    return bytes;
  }

  /**
   * Takes more. The first that the share must give is awaited for a while; later ones are there or
   * not. OUT_OF_MEMORY beyond this owner's bound or the share's.
   */
  public void reserve(long size) {
    requireOpen();
    long wanted = bytes + size;
    if (wanted > bytesMax || (wanted > FREE_BYTES + reservedBytes && !extend(wanted, true))) {
      throw exhausted(size);
    }
    bytes = wanted;
  }

  /** Takes more if it is there and within this owner's bound; never waits. */
  public boolean tryReserve(long size) {
    requireOpen();
    long wanted = bytes + size;
    if (wanted > bytesMax || (wanted > FREE_BYTES + reservedBytes && !extend(wanted, false))) {
      return false;
    }
    bytes = wanted;
    return true;
  }

  private boolean extend(long wanted, boolean mayWait) {
    long needed = wanted - FREE_BYTES - reservedBytes;
    long step = Math.max(needed, Math.min(STEP_BYTES + reservedBytes / 8, 4L << 20));
    if (share.tryReserve(step)) {
      reservedBytes += step;
      return true;
    }
    boolean given =
        (mayWait && reservedBytes == 0)
            ? share.await(needed, WAIT_MS_MAX)
            : share.tryReserve(needed);
    if (given) {
      reservedBytes += needed;
    }
    return given;
  }

  /** The error of an owner that cannot have that many bytes more. */
  public OmenException exhausted(long size) {
    if (bytes + size <= bytesMax) {
      return share.exhausted(size);
    }
    return new OmenException(
        ErrorCode.OUT_OF_MEMORY,
        "out of memory: this needs more than the %d MB that one may use at once; %s"
            .formatted(bytesMax >> 20, limitHint));
  }

  /** Gives back some of what is held. */
  public void release(long size) {
    if (closed) {
      return;
    }
    if (size < 0 || size > bytes) {
      throw new IllegalStateException("%d bytes given back, %d are held".formatted(size, bytes));
    }
    bytes -= size;
    long spare = reservedBytes - Math.max(0, bytes - FREE_BYTES);
    if (bytes <= FREE_BYTES || spare > (reservedBytes >> 1)) {
      reservedBytes -= spare;
      share.release(spare);
    }
  }

  /** Gives all back; the account can be used again. */
  public void releaseAll() {
    release(closed ? 0 : bytes);
  }

  /** Gives all back, for good. */
  @Override
  public void close() {
    releaseAll();
    closed = true;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the memory account is closed");
    }
  }
}
