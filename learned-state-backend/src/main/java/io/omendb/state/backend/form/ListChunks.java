package io.omendb.state.backend.form;

import io.omendb.state.store.StoreReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of list state, on bytes alone: what {@code LearnedListState} describes, for those
 * who know no element serializer (savepoints, restores).
 */
public final class ListChunks {

  /** Bytes of a head before its elements. */
  public static final int HEADER_BYTES = Integer.BYTES;

  /**
   * From this size on a head's elements become a chunk before more are added. An append writes up
   * to this much again, a read asks the store once per so much.
   */
  public static final int CHUNK_BYTES = 1024;

  public static final byte DELIMITER = ',';

  /** Above every keyspace of ordinary and of table state. */
  private static final int KEYSPACE_BASE = 7 << 28;

  private ListChunks() {}

  /** The keyspace of the chunks of the lists whose heads are in {@code keyspace}. */
  public static int keyspaceOf(int keyspace) {
    return KEYSPACE_BASE + keyspace;
  }

  /** Where a chunk of the list under {@code listKey} lies. */
  public static byte[] key(byte[] listKey, int index) {
    byte[] key = Arrays.copyOf(listKey, listKey.length + Integer.BYTES);
    ByteBuffer.wrap(key).putInt(listKey.length, index);
    return key;
  }

  /** How many chunks a head's list has. */
  public static int count(byte[] head) {
    return ByteBuffer.wrap(head).getInt(0);
  }

  /** A head of a list without chunks, whatever its size; the next append makes a chunk of it. */
  public static byte[] headOf(byte[] elements) {
    byte[] head = new byte[HEADER_BYTES + elements.length];
    System.arraycopy(elements, 0, head, HEADER_BYTES, elements.length);
    return head;
  }

  /**
   * The list's elements in Flink's canonical form, a comma byte between them; null if there are
   * none. Any thread that reads a version at which nothing is written any more.
   */
  public static byte @Nullable [] canonical(
      StoreReader reader, int keyspace, int keyGroup, byte[] listKey, byte[] head, long version) {
    byte[][] parts = new byte[count(head) + 1][];
    int partCount = 0;
    int bytes = -1;
    for (int i = 0; i < parts.length; i++) {
      byte[] part =
          i < parts.length - 1
              ? reader.get(keyspaceOf(keyspace), keyGroup, key(listKey, i), version)
              : Arrays.copyOfRange(head, HEADER_BYTES, head.length);
      if (part != null && part.length > 0) {
        parts[partCount++] = part;
        bytes = Math.addExact(bytes, part.length + 1);
      }
    }
    if (partCount == 0) {
      return null;
    }
    byte[] joined = new byte[bytes];
    int position = 0;
    for (int i = 0; i < partCount; i++) {
      if (i > 0) {
        joined[position++] = DELIMITER;
      }
      System.arraycopy(parts[i], 0, joined, position, parts[i].length);
      position += parts[i].length;
    }
    return joined;
  }
}
