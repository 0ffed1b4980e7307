package io.omendb.state.backend.timer;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.FlinkRuntimeException;

/** Turns the elements of one timer queue into store keys and back. Task thread. */
final class TimerCodec<T> {

  private final DataOutputSerializer output = new DataOutputSerializer(64);
  private final DataInputDeserializer input = new DataInputDeserializer();
  private TypeSerializer<T> serializer;

  TimerCodec(TypeSerializer<T> serializer) {
    this.serializer = serializer;
  }

  void setSerializer(TypeSerializer<T> newSerializer) {
    serializer = newSerializer;
  }

  byte[] encode(T element) {
    try {
      output.clear();
      serializer.serialize(element, output);
      return output.getCopyOfBuffer();
    } catch (IOException e) {
      throw new FlinkRuntimeException("The timer cannot be serialized", e);
    }
  }

  T decode(byte[] key) {
    try {
      input.setBuffer(key);
      return serializer.deserialize(input);
    } catch (IOException e) {
      throw new FlinkRuntimeException("A stored timer cannot be deserialized", e);
    }
  }
}
