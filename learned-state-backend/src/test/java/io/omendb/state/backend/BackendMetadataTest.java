package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.backend.snapshot.BackendMetadata;
import io.omendb.state.store.CorruptStoreException;
import io.omendb.state.store.Seeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.Test;

/** The metadata beside a checkpoint's files. */
class BackendMetadataTest {

  private static final StateId STATE = StateId.keyValue("numbers");

  private final Random random = Seeds.random("BackendMetadataTest");

  private static byte[] encoded() throws IOException {
    var metaInfo =
        new RegisteredKeyValueStateBackendMetaInfo<>(
            StateDescriptor.Type.VALUE,
            STATE.name(),
            VoidNamespaceSerializer.INSTANCE,
            LongSerializer.INSTANCE,
            StateSnapshotTransformFactory.noTransform());
    return BackendMetadata.encode(
        StringSerializer.INSTANCE,
        List.of(metaInfo.snapshot()),
        42,
        Map.of(STATE, 7),
        "string",
        Map.of(STATE, StoredForms.OPAQUE));
  }

  private static BackendMetadata<String> decode(byte[] bytes) throws IOException {
    return BackendMetadata.decode(
        bytes, "the metadata", BackendMetadataTest.class.getClassLoader());
  }

  @Test
  void comesBackAsItWas() throws IOException {
    BackendMetadata<String> metadata = decode(encoded());
    assertThat(metadata.sequence()).isEqualTo(42);
    assertThat(metadata.keyspaces()).isEqualTo(Map.of(STATE, 7));
    assertThat(metadata.keyForm()).isEqualTo("string");
    assertThat(metadata.metaInfos()).hasSize(1);
  }

  @Test
  void everyChangedByteAndEveryMissingEndIsFoundAndNamed() throws IOException {
    byte[] good = encoded();
    for (int position = 0; position < good.length; position++) {
      byte[] bad = good.clone();
      bad[position] ^= (byte) (1 + random.nextInt(255));
      assertThatThrownBy(() -> decode(bad))
          .isInstanceOf(CorruptStoreException.class)
          .hasMessageContaining("the metadata");
    }
    for (int length = 0; length < good.length; length++) {
      byte[] bad = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> decode(bad)).isInstanceOf(CorruptStoreException.class);
    }
  }
}
