package io.omendb.state.backend.snapshot;

import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.store.CorruptStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.BackendStateType;

/**
 * The meta state of an incremental checkpoint: what Flink writes of keyed states, followed by where
 * the store keeps them.
 *
 * <pre>
 * bytes  field
 * n      Flink's KeyedBackendSerializationProxy
 * 4      magic, 0x4F4D4C53 ("OMLS")
 * 4      version of this format, 2
 * 8      sequence number up to which ordinary states were written
 * 2+n    form of keys (KeyPart), modified UTF-8
 * 4      number of states, then for each
 *   1      type: code of Flink's BackendStateType
 *   2+n    name, modified UTF-8
 *   4      store keyspace
 *   2+n    form of namespaces
 *   2+n    form of user keys
 * 4      CRC-32C of all before
 * </pre>
 *
 * All integers are big-endian.
 *
 * @param sequence the greatest version of ordinary states' entries
 * @param forms of each state that has a keyspace
 */
public record BackendMetadata<K>(
    TypeSerializerSnapshot<K> keySerializer,
    List<StateMetaInfoSnapshot> metaInfos,
    long sequence,
    Map<StateId, Integer> keyspaces,
    String keyForm,
    Map<StateId, StoredForms> forms) {

  private static final int MAGIC = 0x4F4D4C53;
  private static final int FORMAT_VERSION = 2;

  /** All bytes, with the checksum. */
  public static byte[] encode(
      TypeSerializer<?> keySerializer,
      List<StateMetaInfoSnapshot> metaInfos,
      long sequence,
      Map<StateId, Integer> keyspaces,
      String keyForm,
      Map<StateId, StoredForms> forms)
      throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(1024);
    write(out, keySerializer, metaInfos, sequence, keyspaces, keyForm, forms);
    out.writeInt(checksum(out.getSharedBuffer(), out.length()));
    return out.getCopyOfBuffer();
  }

  /**
   * Reads what {@link #encode} returned.
   *
   * @param source what to call it in the message of an error
   */
  public static <K> BackendMetadata<K> decode(byte[] bytes, String source, ClassLoader classLoader)
      throws IOException {
    int length = bytes.length - Integer.BYTES;
    if (length < 0 || ByteBuffer.wrap(bytes).getInt(length) != checksum(bytes, length)) {
      throw new CorruptStoreException(source, Math.max(0, length), "metadata checksum is wrong");
    }
    return read(new DataInputDeserializer(bytes, 0, length), classLoader);
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  public static void write(
      DataOutputView out,
      TypeSerializer<?> keySerializer,
      List<StateMetaInfoSnapshot> metaInfos,
      long sequence,
      Map<StateId, Integer> keyspaces,
      String keyForm,
      Map<StateId, StoredForms> forms)
      throws IOException {
    new KeyedBackendSerializationProxy<>(keySerializer, metaInfos, false).write(out);
    out.writeInt(MAGIC);
    out.writeInt(FORMAT_VERSION);
    out.writeLong(sequence);
    out.writeUTF(keyForm);
    out.writeInt(keyspaces.size());
    for (Map.Entry<StateId, Integer> entry : keyspaces.entrySet()) {
      out.writeByte(entry.getKey().type().getCode());
      out.writeUTF(entry.getKey().name());
      out.writeInt(entry.getValue());
      StoredForms stored = forms.getOrDefault(entry.getKey(), StoredForms.OPAQUE);
      out.writeUTF(stored.namespace());
      out.writeUTF(stored.userKey());
    }
  }

  public static <K> BackendMetadata<K> read(DataInputView in, ClassLoader classLoader)
      throws IOException {
    KeyedBackendSerializationProxy<K> proxy = new KeyedBackendSerializationProxy<>(classLoader);
    proxy.read(in);
    int magic = in.readInt();
    if (magic != MAGIC) {
      throw new IOException(
          String.format("Not a checkpoint of the learned state backend: magic %08x", magic));
    }
    int version = in.readInt();
    if (version != FORMAT_VERSION) {
      throw new IOException(
          "Checkpoint metadata has format version "
              + version
              + ", this program reads version "
              + FORMAT_VERSION);
    }
    long sequence = in.readLong();
    String keyForm = in.readUTF();
    int count = in.readInt();
    if (count < 0 || count > StateCatalog.TABLE_KEYSPACE_BASE) {
      throw new IOException("Checkpoint metadata names " + count + " states");
    }
    Map<StateId, Integer> keyspaces = new HashMap<>();
    Map<StateId, StoredForms> forms = new HashMap<>();
    for (int i = 0; i < count; i++) {
      BackendStateType type = BackendStateType.byCode(in.readByte());
      StateId id = new StateId(type, in.readUTF());
      keyspaces.put(id, in.readInt());
      forms.put(id, new StoredForms(in.readUTF(), in.readUTF()));
    }
    return new BackendMetadata<>(
        proxy.getKeySerializerSnapshot(),
        new ArrayList<>(proxy.getStateMetaInfoSnapshots()),
        sequence,
        keyspaces,
        keyForm,
        forms);
  }
}
