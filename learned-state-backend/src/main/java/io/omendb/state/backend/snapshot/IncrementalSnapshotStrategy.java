package io.omendb.state.backend.snapshot;

import io.omendb.state.backend.form.RegisteredState;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.backend.state.StateContext;
import io.omendb.state.store.StoreCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.checkpoint.filemerging.FileMergingSnapshotManager;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.PlaceholderStreamStateHandle;
import org.apache.flink.runtime.state.SnapshotResources;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.ResourceGuard;

/**
 * Checkpoints and native savepoints: the store's run files as shared state, its manifest as private
 * state, {@link BackendMetadata} as meta state.
 *
 * <p>On the task thread the store freezes its memtable; all writing and uploading is asynchronous.
 * Run files that an earlier complete checkpoint has uploaded are referred to.
 */
public final class IncrementalSnapshotStrategy<K>
    implements SnapshotStrategy<KeyedStateHandle, IncrementalSnapshotStrategy.Image> {

  public static final String MANIFEST = "MANIFEST";

  private final UUID backendId;
  private final StateContext<K> context;
  private final StateCatalog catalog;
  private final SnapshotVersions savepointVersions;
  private final TypeSerializer<K> keySerializer;
  private final KeyGroupRange keyGroups;
  private final UploadedRuns uploadedRuns;
  private final LocalCopies localCopies;
  private final ResourceGuard storeGuard;

  public IncrementalSnapshotStrategy(
      UUID backendId,
      StateContext<K> context,
      StateCatalog catalog,
      SnapshotVersions savepointVersions,
      TypeSerializer<K> keySerializer,
      UploadedRuns uploadedRuns,
      LocalCopies localCopies,
      ResourceGuard storeGuard) {
    this.backendId = backendId;
    this.context = context;
    this.catalog = catalog;
    this.savepointVersions = savepointVersions;
    this.keySerializer = keySerializer;
    this.keyGroups = context.keyGroups();
    this.uploadedRuns = uploadedRuns;
    this.localCopies = localCopies;
    this.storeGuard = storeGuard;
  }

  /** The synchronous part's result: everything that the asynchronous part reads. */
  record Image(
      StoreCheckpoint checkpoint,
      long sequence,
      List<StateMetaInfoSnapshot> metaInfos,
      Map<StateId, Integer> keyspaces,
      Map<String, StreamStateHandle> reusable,
      Map<StateId, StoredForms> forms)
      implements SnapshotResources {

    /** Also after the backend was disposed: a closed store keeps what a checkpoint pins. */
    @Override
    public void release() {
      checkpoint.close();
    }
  }

  @Override
  public Image syncPrepareResources(long checkpointId) {
    long sequence = context.advanceSequence();
    List<StateMetaInfoSnapshot> metaInfos = new ArrayList<>();
    Map<StateId, Integer> keyspaces = new LinkedHashMap<>();
    Map<StateId, StoredForms> forms = new HashMap<>();
    long horizon = savepointVersions.horizon(sequence);
    for (RegisteredState state : catalog.states()) {
      metaInfos.add(state.metaInfo().snapshot());
      keyspaces.put(state.id(), state.keyspace());
      forms.put(state.id(), state.forms());
      state.keyspaces().forEach(keyspace -> context.store().setHorizon(keyspace, horizon));
    }
    return new Image(
        context.store().checkpoint(),
        sequence,
        metaInfos,
        keyspaces,
        uploadedRuns.reusable(),
        forms);
  }

  @Override
  public SnapshotResultSupplier<KeyedStateHandle> asyncSnapshot(
      Image image,
      long checkpointId,
      long timestamp,
      CheckpointStreamFactory streamFactory,
      CheckpointOptions options) {
    if (image.metaInfos().isEmpty()) {
      return cancellation -> SnapshotResult.empty();
    }
    SharingFilesStrategy sharing = options.getCheckpointType().getSharingFilesStrategy();
    boolean isSavepoint = options.getCheckpointType().isSavepoint();
    return cancellation ->
        new Upload(image, checkpointId, streamFactory, sharing, isSavepoint, cancellation).run();
  }

  public void notifyCheckpointComplete(long checkpointId) {
    uploadedRuns.completed(checkpointId);
  }

  public void notifyCheckpointAborted(long checkpointId) {
    uploadedRuns.aborted(checkpointId);
  }

  /** The asynchronous part; undoes what it uploaded if it fails. */
  private final class Upload {
    private final Image image;
    private final long checkpointId;
    private final CheckpointStreamFactory streamFactory;
    private final SharingFilesStrategy sharing;
    private final boolean isSavepoint;
    private final CloseableRegistry cancellation;
    private final CloseableRegistry undo = new CloseableRegistry();

    Upload(
        Image image,
        long checkpointId,
        CheckpointStreamFactory streamFactory,
        SharingFilesStrategy sharing,
        boolean isSavepoint,
        CloseableRegistry cancellation) {
      this.image = image;
      this.checkpointId = checkpointId;
      this.streamFactory = streamFactory;
      this.sharing = sharing;
      this.isSavepoint = isSavepoint;
      this.cancellation = cancellation;
    }

    @SuppressWarnings("try") // the lease is held, not used
    SnapshotResult<KeyedStateHandle> run() throws Exception {
      boolean complete = false;
      try (ResourceGuard.Lease ignored = storeGuard.acquireResource()) {
        image.checkpoint().materialize();
        List<HandleAndLocalPath> reused = new ArrayList<>();
        List<HandleAndLocalPath> uploaded = new ArrayList<>();
        shareRunFiles(reused, uploaded);
        HandleAndLocalPath manifest =
            HandleAndLocalPath.of(
                upload(out -> out.write(image.checkpoint().manifest())), MANIFEST);
        byte[] metadataBytes = metadata();
        StreamStateHandle metadata = upload(out -> out.write(metadataBytes));
        long uploadedBytes =
            uploaded.stream().mapToLong(HandleAndLocalPath::getStateSize).sum()
                + manifest.getStateSize()
                + metadata.getStateSize();
        List<HandleAndLocalPath> shared = new ArrayList<>(reused);
        shared.addAll(uploaded);
        if (sharing != SharingFilesStrategy.NO_SHARING) {
          uploadedRuns.uploaded(checkpointId, shared);
        }
        complete = true;
        streamFactory.reusePreviousStateHandle(
            reused.stream().map(HandleAndLocalPath::getHandle).toList());
        KeyedStateHandle remote =
            new IncrementalRemoteKeyedStateHandle(
                backendId,
                keyGroups,
                checkpointId,
                shared,
                new ArrayList<>(List.of(manifest)),
                metadata,
                uploadedBytes);
        if (isSavepoint) {
          return SnapshotResult.of(remote);
        }
        return localCopies
            .keep(checkpointId, image.checkpoint(), metadataBytes, shared)
            .map(local -> SnapshotResult.withLocalState(remote, (KeyedStateHandle) local))
            .orElseGet(() -> SnapshotResult.of(remote));
      } finally {
        if (!complete) {
          IOUtils.closeQuietly(undo);
        }
      }
    }

    private void shareRunFiles(List<HandleAndLocalPath> reused, List<HandleAndLocalPath> uploaded)
        throws IOException {
      CheckpointedStateScope scope =
          sharing == SharingFilesStrategy.NO_SHARING
              ? CheckpointedStateScope.EXCLUSIVE
              : CheckpointedStateScope.SHARED;
      for (Path file : image.checkpoint().files()) {
        String name = file.getFileName().toString();
        StreamStateHandle former =
            sharing == SharingFilesStrategy.FORWARD_BACKWARD ? image.reusable().get(name) : null;
        PlaceholderStreamStateHandle placeholder = former == null ? null : placeholderFor(former);
        if (placeholder != null && streamFactory.couldReuseStateHandle(placeholder)) {
          reused.add(HandleAndLocalPath.of(placeholder, name));
        } else {
          uploaded.add(
              HandleAndLocalPath.of(
                  StateFileTransfer.upload(file, streamFactory, scope, cancellation, undo), name));
        }
      }
    }

    /** The JobManager has the handle itself: its id spares sending it again. */
    private PlaceholderStreamStateHandle placeholderFor(StreamStateHandle former) {
      return new PlaceholderStreamStateHandle(
          former.getStreamStateHandleID(),
          former.getStateSize(),
          FileMergingSnapshotManager.isFileMergingHandle(former));
    }

    private StreamStateHandle upload(StateFileTransfer.Content content) throws IOException {
      return StateFileTransfer.upload(
          content, streamFactory, CheckpointedStateScope.EXCLUSIVE, cancellation, undo);
    }

    private byte[] metadata() throws IOException {
      return BackendMetadata.encode(
          keySerializer,
          image.metaInfos(),
          image.sequence(),
          image.keyspaces(),
          context.keyPart().form(),
          image.forms());
    }
  }
}
