package io.omendb.state.backend.form;

import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The live entries of one keyspace and key group, read a page at a time.
 *
 * <p>No cursor is held between pages, so an iterator that is dropped half-way (Flink's map state
 * iterators cannot be closed) pins nothing, and entries may be written, replaced and removed while
 * it runs: what lies behind the current page is seen as it is when its page is read.
 */
public final class EntryPages implements Iterator<StoredEntry> {

  private static final int PAGE_ENTRIES_MAX = 128;

  private final StoreReader reader;
  private final int keyspace;
  private final int keyGroup;
  private final LongSupplier version;
  private final byte @Nullable [] toExclusive;
  private byte @Nullable [] from;
  private List<StoredEntry> page = List.of();
  private int next;
  private boolean exhausted;

  public EntryPages(
      StoreReader reader,
      int keyspace,
      int keyGroup,
      byte @Nullable [] prefix,
      LongSupplier version) {
    this(
        reader,
        keyspace,
        keyGroup,
        prefix,
        prefix == null ? null : successorOfPrefix(prefix),
        version);
  }

  public EntryPages(
      StoreReader reader,
      int keyspace,
      int keyGroup,
      byte @Nullable [] from,
      byte @Nullable [] toExclusive,
      LongSupplier version) {
    this.reader = reader;
    this.keyspace = keyspace;
    this.keyGroup = keyGroup;
    this.version = version;
    this.from = from;
    this.toExclusive = toExclusive;
  }

  /** Goes on behind {@code key}. */
  public void skipTo(byte[] key) {
    from = successorOfKey(key);
    page = List.of();
    next = 0;
  }

  @Override
  public boolean hasNext() {
    if (next == page.size() && !exhausted) {
      readPage();
    }
    return next < page.size();
  }

  @Override
  public StoredEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return page.get(next++);
  }

  private void readPage() {
    List<StoredEntry> entries = new ArrayList<>();
    try (StoreCursor cursor =
        reader.scan(keyspace, keyGroup, from, toExclusive, version.getAsLong())) {
      while (entries.size() < PAGE_ENTRIES_MAX) {
        if (!cursor.next()) {
          exhausted = true;
          break;
        }
        if (!cursor.isDeleted()) {
          entries.add(new StoredEntry(cursor.key(), cursor.value()));
        }
      }
    }
    if (!exhausted) {
      from = successorOfKey(entries.get(entries.size() - 1).key());
    }
    page = entries;
    next = 0;
  }

  /** The least key greater than {@code key}. */
  public static byte[] successorOfKey(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** The least key greater than every key that begins with {@code prefix}; null if none is. */
  public static byte @Nullable [] successorOfPrefix(byte[] prefix) {
    int last = prefix.length - 1;
    while (last >= 0 && prefix[last] == (byte) 0xFF) {
      last--;
    }
    if (last < 0) {
      return null;
    }
    byte[] successor = Arrays.copyOf(prefix, last + 1);
    successor[last]++;
    return successor;
  }

  public static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }
}
