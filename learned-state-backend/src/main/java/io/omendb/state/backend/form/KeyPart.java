package io.omendb.state.backend.form;

import io.omendb.state.key.OrderedEncoding;
import io.omendb.state.key.OrderedEncodings;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.jspecify.annotations.Nullable;

/**
 * How one part of a stored key (key, namespace or user key) becomes bytes: in the order of its type
 * if there is an {@link OrderedEncoding} of it, else as Flink's serializer writes it ("opaque").
 *
 * <p>Confined to one thread if it is opaque, because serializers are.
 */
public final class KeyPart<T> {

  /** The form of parts that are stored as their serializer writes them. */
  static final String OPAQUE = "opaque";

  private final TypeSerializer<T> serializer;
  private final @Nullable OrderedEncoding<T> encoding;
  private final boolean variable;

  private KeyPart(TypeSerializer<T> serializer, @Nullable OrderedEncoding<T> encoding) {
    this.serializer = serializer;
    this.encoding = encoding;
    this.variable = CompositeKeySerializationUtils.isSerializerTypeVariableSized(serializer);
  }

  /** Ordered if the type allows. */
  public static <T> KeyPart<T> of(TypeSerializer<T> serializer) {
    return new KeyPart<>(serializer, OrderedEncodings.of(serializer));
  }

  static <T> KeyPart<T> opaque(TypeSerializer<T> serializer) {
    return new KeyPart<>(serializer, null);
  }

  /**
   * In a form that is stored already.
   *
   * @throws IllegalStateException if that form is ordered, and not the one of the serializer's type
   */
  public static <T> KeyPart<T> of(TypeSerializer<T> serializer, String storedForm) {
    if (storedForm.equals(OPAQUE)) {
      return opaque(serializer);
    }
    KeyPart<T> part = of(serializer);
    if (!part.form().equals(storedForm)) {
      throw new IllegalStateException(
          "expected a serializer of the stored form " + storedForm + ", got " + serializer);
    }
    return part;
  }

  /** Whether {@code serializer} can read what is stored in {@code storedForm}. */
  public static boolean fits(TypeSerializer<?> serializer, String storedForm) {
    return storedForm.equals(OPAQUE) || of(serializer).form().equals(storedForm);
  }

  /** The same form, by another serializer of the same type. */
  public KeyPart<T> with(TypeSerializer<T> otherSerializer) {
    return new KeyPart<>(otherSerializer, encoding);
  }

  /** For another thread. */
  KeyPart<T> duplicate() {
    return with(serializer.duplicate());
  }

  public boolean isOrdered() {
    return encoding != null;
  }

  public String form() {
    return encoding == null ? OPAQUE : encoding.form();
  }

  public TypeSerializer<T> serializer() {
    return serializer;
  }

  /** Whether Flink takes the serializer's output to vary in length. */
  boolean isVariable() {
    return variable;
  }

  public void write(T value, DataOutputSerializer out) throws IOException {
    if (encoding == null) {
      serializer.serialize(value, out);
    } else {
      encoding.encode(value, out);
    }
  }

  @SuppressWarnings("NullAway") // null where it was written, as from a serializer
  public T read(DataInputDeserializer in) throws IOException {
    return encoding == null ? serializer.deserialize(in) : encoding.decode(in);
  }
}
