package io.omendb.state.backend.ttl;

import io.omendb.state.backend.form.ListChunks;
import io.omendb.state.store.EntryFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.runtime.state.ttl.TtlUtils;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Lets stored values go whose time to live is over. Values with a time to live begin with the time
 * stamp (8 bytes, big-endian) that Flink's serializer puts there. The clock is read when a rewrite
 * begins and then every {@code entriesPerClockRead} entries: a stale time only lets less go.
 *
 * @param <E> type of a list's elements; of no meaning otherwise
 */
final class TtlFilter<E> implements EntryFilter {

  /** Where the time stamps of a stored value are. */
  enum Form {
    /** One value. */
    VALUE(0),
    /** A flag byte (1: null, which has no time stamp), then one value. */
    NULLABLE(1),
    /** Elements with a comma byte between them. */
    ELEMENTS(0),
    /** A number of chunks, then elements. */
    LIST_HEAD(ListChunks.HEADER_BYTES);

    final int headerBytes;

    Form(int headerBytes) {
      this.headerBytes = headerBytes;
    }
  }

  private final Form form;
  private final long timeToLiveMillis;
  private final long entriesPerClockRead;
  private final TtlTimeProvider clock;
  private final Supplier<TypeSerializer<E>> elementSerializers;

  /**
   * @param elementSerializers gives serializers of their own to those that ask; asked for lists
   *     only
   */
  TtlFilter(
      Form form,
      long timeToLiveMillis,
      long entriesPerClockRead,
      TtlTimeProvider clock,
      Supplier<TypeSerializer<E>> elementSerializers) {
    this.form = form;
    this.timeToLiveMillis = timeToLiveMillis;
    this.entriesPerClockRead = Math.max(1, entriesPerClockRead);
    this.clock = clock;
    this.elementSerializers = elementSerializers;
  }

  @Override
  public Pass begin() {
    return switch (form) {
      case VALUE, NULLABLE -> new ValuePass();
      case ELEMENTS, LIST_HEAD -> new ListPass(elementSerializers.get());
    };
  }

  /** Looks at the first time stamp. */
  private class ValuePass implements Pass {
    private long now = clock.currentTimestamp();
    private long entries;

    @Override
    public boolean mayDrop(ByteBuffer source, int offset, int length) {
      if (++entries % entriesPerClockRead == 0) {
        now = clock.currentTimestamp();
      }
      if (form == Form.NULLABLE && length > 0 && source.get(offset) != 0) {
        return false;
      }
      return length >= form.headerBytes + Long.BYTES
          && isExpired(source.getLong(offset + form.headerBytes));
    }

    boolean isExpired(long timestamp) {
      return TtlUtils.expired(timestamp, timeToLiveMillis, now);
    }
  }

  /**
   * Lets a list's elements go when all have expired. Where the first lives, as it does in most
   * lists that are written to or have been filtered, nothing else is looked at.
   */
  private final class ListPass extends ValuePass {
    private final TypeSerializer<E> serializer;
    private final DataInputDeserializer input = new DataInputDeserializer();

    ListPass(TypeSerializer<E> serializer) {
      this.serializer = serializer;
    }

    @Override
    public boolean mayDrop(ByteBuffer source, int offset, int length) {
      if (form == Form.LIST_HEAD && (length < form.headerBytes || source.getInt(offset) != 0)) {
        // A head that counts chunks must stay for their sake.
        return false;
      }
      if (!super.mayDrop(source, offset, length)) {
        return false;
      }
      byte[] elements = new byte[length - form.headerBytes];
      source.get(offset + form.headerBytes, elements);
      return allExpired(elements);
    }

    private boolean allExpired(byte[] elements) {
      ByteBuffer timestamps = ByteBuffer.wrap(elements);
      input.setBuffer(elements);
      try {
        while (input.available() > 0) {
          if (!isExpired(timestamps.getLong(input.getPosition()))) {
            return false;
          }
          ListDelimitedSerializer.deserializeNextElement(input, serializer);
        }
        return true;
      } catch (IOException | IndexOutOfBoundsException e) {
        throw new FlinkRuntimeException("A stored list cannot be filtered", e);
      }
    }
  }
}
