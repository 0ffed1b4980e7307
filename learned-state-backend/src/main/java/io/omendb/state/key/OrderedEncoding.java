package io.omendb.state.key;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A type's values as bytes whose unsigned order is the order of the values.
 *
 * <p>Invariants, for all values a and b:
 *
 * <ul>
 *   <li>Bytes compare as the values do, and are equal only if the values are.
 *   <li>No encoding is the beginning of another one (self-delimiting). So encodings that follow one
 *       another order as the tuple of the values, and can be read back one by one.
 *   <li>What Flink's serializer of the type keeps of a value, decoding gives back. Where that
 *       serializer takes null, so does the encoding; null is less than all values.
 * </ul>
 *
 * <p>Encodings have no state: any thread may use them.
 */
public interface OrderedEncoding<T> {

  /** Appends the encoding of {@code value}. */
  void encode(@Nullable T value, DataOutputSerializer out) throws IOException;

  /** Reads one encoding; throws an {@link IOException} if there is none at the input's position. */
  @Nullable T decode(DataInputDeserializer in) throws IOException;

  /**
   * The name of this layout of bytes. It is stored beside the data: another layout of the same type
   * would need another name.
   */
  String form();
}
