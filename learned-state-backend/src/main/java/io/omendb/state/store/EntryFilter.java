package io.omendb.state.store;

import java.nio.ByteBuffer;

/**
 * Says which entries of a keyspace have lost their meaning, so that a rewrite (a flush or a
 * compaction) leaves them out. Thread-safe: rewrites run at the same time on several threads, and
 * each uses a {@link Pass} of its own.
 *
 * <p>What a filter says of an entry must stay so: once it may go, it may go for ever. A reader that
 * still finds such an entry has to treat it as absent itself, for nobody knows when a rewrite comes
 * by.
 */
public interface EntryFilter {

  /** Begins a rewrite of some entries of the keyspace; called on the thread that does it. */
  Pass begin();

  /** The questions of one rewrite. One thread. */
  @FunctionalInterface
  interface Pass {

    /**
     * Whether the entry may go whose value is {@code source[offset, offset + length)}, where it
     * lies: only absolute reads, and none after returning.
     */
    boolean mayDrop(ByteBuffer source, int offset, int length);
  }
}
