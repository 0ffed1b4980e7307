package io.omendb.jobs.recovery;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint of the runtime job on a local disk consists of, read from its {@code
 * _metadata}. Flink writes no checksum into that file: unless its bytes are known to be right, this
 * may describe something else than what was written.
 *
 * @param files sizes of the files that it refers to, by absolute path, {@code _metadata} first
 * @param split where its stream stands in the commit log; {@link LogSplit#BEGIN} where it had not
 *     begun
 */
record CheckpointContents(long checkpointId, Map<Path, Long> files, LogSplit split) {
  static final String METADATA = "_metadata";

  /** Flink's name for the list of a source's splits. */
  private static final String SPLITS_STATE = "SourceReaderState";

  /**
   * Reads a checkpoint's metadata.
   *
   * @throws IOException also where what was read makes no sense
   */
  static CheckpointContents read(Path directory) throws IOException {
    Path metadata = directory.resolve(METADATA);
    Map<Path, Long> files = new LinkedHashMap<>();
    files.put(metadata, Files.size(metadata));
    try (DataInputStream in = new DataInputStream(Files.newInputStream(metadata))) {
      CheckpointMetadata checkpoint =
          Checkpoints.loadCheckpointMetadata(
              in, CheckpointContents.class.getClassLoader(), directory.toUri().toString());
      List<OperatorStateHandle> operatorStates = new ArrayList<>();
      for (OperatorState operator : checkpoint.getOperatorStates()) {
        for (OperatorSubtaskState subtask : operator.getStates()) {
          operatorStates.addAll(subtask.getManagedOperatorState());
          operatorStates.addAll(subtask.getRawOperatorState());
          for (KeyedStateHandle keyed : subtask.getManagedKeyedState()) {
            streams(keyed).forEach(stream -> add(files, stream));
          }
          for (KeyedStateHandle keyed : subtask.getRawKeyedState()) {
            streams(keyed).forEach(stream -> add(files, stream));
          }
        }
      }
      operatorStates.forEach(state -> add(files, state.getDelegateStateHandle()));
      return new CheckpointContents(checkpoint.getCheckpointId(), files, split(operatorStates));
    } catch (RuntimeException e) {
      // Flink's reader trusts its input: damage makes it fail in many ways.
      throw new IOException("%s cannot be understood: %s".formatted(metadata, e), e);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "%s cannot be understood: a length in it is too large".formatted(metadata), e);
    }
  }

  private static Stream<StreamStateHandle> streams(KeyedStateHandle keyed) {
    if (keyed instanceof IncrementalRemoteKeyedStateHandle incremental) {
      return incremental.streamSubHandles();
    }
    if (keyed instanceof KeyGroupsStateHandle groups) {
      return Stream.of(groups.getDelegateStateHandle());
    }
    throw new IllegalArgumentException("an unexpected kind of state: " + keyed.getClass());
  }

  private static void add(Map<Path, Long> files, StreamStateHandle stream) {
    if (stream instanceof FileStateHandle file) {
      files.put(Path.of(file.getFilePath().toUri().getPath()), file.getStateSize());
    } else if (stream.asBytesIfInMemory().isEmpty()) {
      throw new IllegalArgumentException("state is neither here nor in a file: " + stream);
    }
  }

  private static LogSplit split(List<OperatorStateHandle> states) throws IOException {
    LogSplit found = null;
    for (OperatorStateHandle state : states) {
      OperatorStateHandle.@Nullable StateMetaInfo splits =
          state.getStateNameToPartitionOffsets().get(SPLITS_STATE);
      for (long offset : splits == null ? new long[0] : splits.getOffsets()) {
        if (found != null) {
          throw new IOException("more than one split of the commit log");
        }
        try (FSDataInputStream in = state.openInputStream()) {
          in.seek(offset);
          byte[] bytes =
              BytePrimitiveArraySerializer.INSTANCE.deserialize(new DataInputViewStreamWrapper(in));
          found =
              SimpleVersionedSerialization.readVersionAndDeSerialize(
                  new LogSplit.Serializer(), bytes);
        }
      }
    }
    return found == null ? LogSplit.BEGIN : found;
  }

  /** Where the commit log is read from after it was restored. */
  long logPosition() {
    return split.state() == null ? 0 : split.stateOrThrow().position();
  }

  /** CSN of the last record that is applied. */
  long csn() {
    return split.state() == null ? 0 : split.stateOrThrow().csn();
  }
}
