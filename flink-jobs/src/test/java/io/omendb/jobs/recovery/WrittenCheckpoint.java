package io.omendb.jobs.recovery;

import io.omendb.jobs.log.LogState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/** Checkpoints as Flink writes them for the runtime job, without Flink and without a sync. */
final class WrittenCheckpoint {
  private WrittenCheckpoint() {}

  /** A checkpoint whose stream stands at {@code logPosition}, with one shared and one own file. */
  static Path write(Path jobDirectory, long checkpointId, long logPosition) throws IOException {
    Path directory = Files.createDirectories(jobDirectory.resolve("chk-" + checkpointId));
    Path shared = Files.createDirectories(jobDirectory.resolve("shared"));
    StreamStateHandle run = file(shared.resolve("run-" + checkpointId), 5_000, checkpointId);
    StreamStateHandle manifest = file(directory.resolve("manifest"), 300, checkpointId);
    IncrementalRemoteKeyedStateHandle keyed =
        new IncrementalRemoteKeyedStateHandle(
            UUID.randomUUID(),
            KeyGroupRange.of(0, 3),
            checkpointId,
            new ArrayList<>(List.of(HandleAndLocalPath.of(run, "run"))),
            new ArrayList<>(List.of(HandleAndLocalPath.of(manifest, "MANIFEST"))),
            new ByteStreamStateHandle("meta", new byte[] {1, 2, 3}));
    DataOutputSerializer split = new DataOutputSerializer(256);
    BytePrimitiveArraySerializer.INSTANCE.serialize(
        SimpleVersionedSerialization.writeVersionAndSerialize(
            new LogSplit.Serializer(), LogSplit.of(new LogState(logPosition), 0)),
        split);
    OperatorStateHandle source =
        new OperatorStreamStateHandle(
            Map.of(
                "SourceReaderState",
                new OperatorStateHandle.StateMetaInfo(
                    new long[] {0}, OperatorStateHandle.Mode.SPLIT_DISTRIBUTE)),
            new ByteStreamStateHandle("source", split.getCopyOfBuffer()));
    CheckpointMetadata metadata =
        new CheckpointMetadata(
            checkpointId,
            List.of(
                operator(OperatorSubtaskState.builder().setManagedKeyedState(keyed).build()),
                operator(OperatorSubtaskState.builder().setManagedOperatorState(source).build())),
            List.of());
    try (OutputStream out = Files.newOutputStream(directory.resolve("_metadata"))) {
      Checkpoints.storeCheckpointMetadata(metadata, out);
    }
    return directory;
  }

  private static OperatorState operator(OperatorSubtaskState subtask) {
    OperatorState operator = new OperatorState("name", "uid", new OperatorID(), 1, 4);
    operator.putState(0, subtask);
    return operator;
  }

  private static StreamStateHandle file(Path path, int bytes, long content) throws IOException {
    byte[] written = new byte[bytes];
    Arrays.fill(written, (byte) content);
    Files.write(path, written);
    return new FileStateHandle(new org.apache.flink.core.fs.Path(path.toUri()), bytes);
  }
}
