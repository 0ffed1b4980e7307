package io.omendb.jobs.message;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Base of the serializers between this job's operators: stateless, for immutable messages that are
 * never kept in state, so copies are the message itself. Bytes are always taken over: whatever is
 * serialised has its length first.
 */
public abstract class MessageSerializer<T> extends TypeSerializer<T> {
  private static final long serialVersionUID = 1L;

  /** No single array of a message is longer; a length above it is a broken stream. */
  private static final int ARRAY_BYTES_MAX = 1 << 30;

  public static byte[] readBytes(DataInputView in) throws IOException {
    return readBytes(in, in.readInt());
  }

  public static byte[] readBytes(DataInputView in, int length) throws IOException {
    if (length < 0 || length > ARRAY_BYTES_MAX) {
      throw new IOException("expected 0 to %d bytes, got %d".formatted(ARRAY_BYTES_MAX, length));
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  public static void writeBytes(DataOutputView out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<T> duplicate() {
    return this;
  }

  @Override
  public T copy(T from) {
    return from;
  }

  @Override
  public T copy(T from, T reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public T deserialize(T reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }
}
