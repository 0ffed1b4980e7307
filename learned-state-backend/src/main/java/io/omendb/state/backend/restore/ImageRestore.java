package io.omendb.state.backend.restore;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.KeyTranscoder;
import io.omendb.state.backend.form.RegisteredState;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.backend.snapshot.BackendMetadata;
import io.omendb.state.backend.snapshot.IncrementalSnapshotStrategy;
import io.omendb.state.backend.snapshot.StateFileTransfer;
import io.omendb.state.backend.snapshot.UploadedRuns;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.RestoredImage;
import io.omendb.state.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.AbstractIncrementalStateHandle;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalLocalKeyedStateHandle;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.StateUtil;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.FileUtils;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * Restores from checkpoints and native savepoints: downloads each handle's run files, or takes them
 * from a local copy ({@code LocalCopies}), and opens them together, each image clipped to the key
 * groups that it and this backend share. Nothing is rewritten, unless images disagree about a
 * state's keyspace or the form of its keys.
 *
 * <p>A local copy that is damaged or gone makes the restore fail; Flink then tries the next
 * alternative, at last the checkpoint's storage.
 */
public final class ImageRestore<K> {

  private final Path directory;
  private final StoreOptions options;
  private final KeyGroupRange keyGroups;
  private final StateSerializerProvider<K> keySerializerProvider;
  private final ClassLoader classLoader;
  private final CloseableRegistry cancellation;
  private final UploadedRuns uploadedRuns;
  private @Nullable String keyForm;
  private final RestoreCounts counts;

  /** One handle's part: what is read of it before the store is opened. */
  private record Part<K>(BackendMetadata<K> metadata, RestoredImage image) {}

  public ImageRestore(
      Path directory,
      StoreOptions options,
      KeyGroupRange keyGroups,
      StateSerializerProvider<K> keySerializerProvider,
      ClassLoader classLoader,
      CloseableRegistry cancellation,
      UploadedRuns uploadedRuns,
      RestoreCounts counts) {
    this.directory = directory;
    this.options = options;
    this.keyGroups = keyGroups;
    this.keySerializerProvider = keySerializerProvider;
    this.classLoader = classLoader;
    this.cancellation = cancellation;
    this.uploadedRuns = uploadedRuns;
    this.counts = counts;
  }

  public RestoredBackend restore(Collection<KeyedStateHandle> handles)
      throws IOException, StateMigrationException {
    Path downloads = Files.createDirectories(directory.resolve("restored"));
    List<Part<K>> parts = new ArrayList<>();
    List<HandleAndLocalPath> sharedFiles = new ArrayList<>();
    long checkpointId = -1;
    for (KeyedStateHandle handle : handles) {
      if (!(handle instanceof AbstractIncrementalStateHandle incremental)) {
        throw StateUtil.unexpectedStateHandleException(
            IncrementalRemoteKeyedStateHandle.class, handle.getClass());
      }
      KeyGroupRange kept = keyGroups.getIntersection(incremental.getKeyGroupRange());
      if (kept.getNumberOfKeyGroups() > 0) {
        BackendMetadata<K> metadata = metadata(incremental);
        parts.add(new Part<>(metadata, image(incremental, kept, downloads)));
        sharedFiles.addAll(incremental.getSharedStateHandles());
        checkpointId = Math.max(checkpointId, incremental.getCheckpointId());
      }
    }
    uploadedRuns.restored(checkpointId, sharedFiles);
    LearnedStore store =
        LearnedStore.restore(
            directory.resolve("store"), options, parts.stream().map(Part::image).toList());
    // The store has linked what it needs.
    FileUtils.deleteDirectoryQuietly(downloads.toFile());
    boolean complete = false;
    try {
      RestoredBackend restored = merge(store, parts);
      complete = true;
      return restored;
    } finally {
      if (!complete) {
        store.close();
      }
    }
  }

  private BackendMetadata<K> metadata(AbstractIncrementalStateHandle handle)
      throws IOException, StateMigrationException {
    byte[] bytes = StateFileTransfer.read(handle.getMetaDataStateHandle(), cancellation);
    BackendMetadata<K> metadata =
        BackendMetadata.decode(bytes, String.valueOf(handle.getMetaDataStateHandle()), classLoader);
    // All handles are of one checkpoint and thus of one key serializer; the provider takes it once.
    if (keyForm == null) {
      KeySerializerCheck.check(keySerializerProvider, metadata.keySerializer());
      keyForm = metadata.keyForm();
      KeySerializerCheck.checkForm(keySerializerProvider.currentSchemaSerializer(), keyForm);
    } else if (!keyForm.equals(metadata.keyForm())) {
      throw new IOException(
          "The images of the checkpoint hold keys in different forms, "
              + keyForm
              + " and "
              + metadata.keyForm());
    }
    return metadata;
  }

  private RestoredImage image(
      AbstractIncrementalStateHandle handle, KeyGroupRange kept, Path downloads)
      throws IOException {
    if (handle instanceof IncrementalRemoteKeyedStateHandle remote) {
      return imageOf(manifest(remote), download(remote, downloads), kept);
    }
    if (handle instanceof IncrementalLocalKeyedStateHandle local) {
      Path copy = local.getDirectoryStateHandle().getDirectory();
      Map<String, Path> files = localFiles(local, copy);
      counts.addLocalRuns(files.size());
      return imageOf(
          Files.readAllBytes(copy.resolve(IncrementalSnapshotStrategy.MANIFEST)), files, kept);
    }
    throw StateUtil.unexpectedStateHandleException(
        IncrementalRemoteKeyedStateHandle.class, handle.getClass());
  }

  private static RestoredImage imageOf(
      byte[] manifest, Map<String, Path> files, KeyGroupRange kept) {
    return new RestoredImage(manifest, files, kept.getStartKeyGroup(), kept.getEndKeyGroup());
  }

  private byte[] manifest(IncrementalRemoteKeyedStateHandle handle) throws IOException {
    for (HandleAndLocalPath file : handle.getPrivateState()) {
      if (file.getLocalPath().equals(IncrementalSnapshotStrategy.MANIFEST)) {
        return StateFileTransfer.read(file.getHandle(), cancellation);
      }
    }
    throw new IOException("No manifest among the private state of " + handle);
  }

  private Map<String, Path> download(IncrementalRemoteKeyedStateHandle handle, Path downloads)
      throws IOException {
    Map<String, Path> files = new HashMap<>();
    for (HandleAndLocalPath file : handle.getSharedState()) {
      // Handles of one checkpoint may share run files (after a rescale): same name, same bytes.
      Path target = downloads.resolve(file.getLocalPath());
      if (!Files.exists(target)) {
        StateFileTransfer.fetch(file.getHandle(), target, cancellation);
        counts.addDownloadedRun();
      }
      files.put(file.getLocalPath(), target);
    }
    return files;
  }

  /**
   * A file of another size than what was uploaded is refused here; the store checks what it opens,
   * and each block when it is first read.
   */
  private static Map<String, Path> localFiles(IncrementalLocalKeyedStateHandle handle, Path copy)
      throws IOException {
    Map<String, Path> files = new HashMap<>();
    for (HandleAndLocalPath file : handle.getSharedStateHandles()) {
      Path path = copy.resolve(file.getLocalPath());
      long bytes = Files.size(path);
      if (bytes != file.getStateSize()) {
        throw new IOException(
            "Local copy %s: expected %d bytes, got %d".formatted(path, file.getStateSize(), bytes));
      }
      files.put(file.getLocalPath(), path);
    }
    return files;
  }

  private RestoredBackend merge(LearnedStore store, List<Part<K>> parts) throws IOException {
    StateCatalog catalog = new StateCatalog();
    long sequence = 0;
    for (Part<K> part : parts) {
      sequence = Math.max(sequence, part.metadata().sequence());
      Map<Integer, Integer> moves = new HashMap<>();
      Map<Integer, KeyTranscoder<?, ?, ?>> rewrites = new HashMap<>();
      for (StateMetaInfoSnapshot metaInfo : part.metadata().metaInfos()) {
        StateId id = new StateId(metaInfo.getBackendStateType(), metaInfo.getName());
        Integer stored = part.metadata().keyspaces().get(id);
        if (stored == null) {
          throw new IllegalStateException("The checkpoint names no keyspace for " + id);
        }
        StoredForms forms = part.metadata().forms().getOrDefault(id, StoredForms.OPAQUE);
        RegisteredState known = catalog.find(id);
        if (known == null) {
          RegisteredStateMetaInfoBase registered =
              RegisteredStateMetaInfoBase.fromMetaInfoSnapshot(metaInfo);
          known =
              catalog.isUsed(stored)
                  ? catalog.register(id, registered)
                  : catalog.registerAt(id, stored, registered);
          known = catalog.define(known, forms);
        }
        boolean rewritten = !known.forms().equals(forms);
        if (rewritten || known.keyspace() != stored) {
          List<Integer> from = known.keyspaces(stored);
          List<Integer> to = known.keyspaces();
          for (int i = 0; i < from.size(); i++) {
            moves.put(from.get(i), to.get(i));
            if (rewritten) {
              rewrites.put(from.get(i), transcoder(metaInfo, forms, known));
            }
          }
        }
      }
      if (!moves.isEmpty()) {
        move(store, part.image(), moves, rewrites, part.metadata().sequence());
      }
    }
    return new RestoredBackend(store, catalog, sequence + 1, keyFormOrOfNewData());
  }

  /**
   * One subtask may have rewritten a state for a new serializer when another one had not yet asked
   * for that state.
   */
  private KeyTranscoder<?, ?, ?> transcoder(
      StateMetaInfoSnapshot metaInfo, StoredForms forms, RegisteredState known) {
    return KeyTranscoder.between(
        KeyPart.of(keySerializerProvider.currentSchemaSerializer(), keyFormOrOfNewData()),
        RegisteredStateMetaInfoBase.fromMetaInfoSnapshot(metaInfo),
        forms,
        known.metaInfo(),
        known.forms());
  }

  private String keyFormOrOfNewData() {
    return keyForm != null
        ? keyForm
        : KeyPart.of(keySerializerProvider.currentSchemaSerializer()).form();
  }

  /**
   * Moves entries of one image to other keyspaces, in key groups that only this image has; several
   * moves may form a circle, so all is read before anything is written. Some keys are rewritten.
   */
  private static void move(
      LearnedStore store,
      RestoredImage image,
      Map<Integer, Integer> moves,
      Map<Integer, KeyTranscoder<?, ?, ?>> rewrites,
      long sequence)
      throws IOException {
    DataOutputSerializer key = new DataOutputSerializer(128);
    for (int group = image.firstKeyGroup(); group <= image.lastKeyGroup(); group++) {
      Map<Integer, List<StoredEntry>> entries = new HashMap<>();
      for (int from : moves.keySet()) {
        List<StoredEntry> moved = new ArrayList<>();
        new EntryPages(store, from, group, null, () -> sequence).forEachRemaining(moved::add);
        entries.put(from, moved);
      }
      for (Map.Entry<Integer, List<StoredEntry>> moved : entries.entrySet()) {
        for (StoredEntry entry : moved.getValue()) {
          store.delete(moved.getKey(), group, entry.key(), sequence);
        }
      }
      for (Map.Entry<Integer, List<StoredEntry>> moved : entries.entrySet()) {
        int to = moves.getOrDefault(moved.getKey(), moved.getKey());
        KeyTranscoder<?, ?, ?> rewrite = rewrites.get(moved.getKey());
        for (StoredEntry entry : moved.getValue()) {
          key.clear();
          if (rewrite == null) {
            key.write(entry.key());
          } else {
            rewrite.transcode(entry.key(), 0, key);
          }
          store.put(to, group, key.getCopyOfBuffer(), sequence, entry.value());
        }
      }
    }
  }
}
