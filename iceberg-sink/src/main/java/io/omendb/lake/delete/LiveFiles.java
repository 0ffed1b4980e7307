package io.omendb.lake.delete;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.ContentFileUtil;
import org.jspecify.annotations.Nullable;

/**
 * The live data files of one snapshot, each with its delete file if it has one. Read from the
 * manifests once, then carried along by the one committer, so that a cut costs no walk over the
 * metadata. Holds some 300 bytes per file. Not thread-safe.
 */
public final class LiveFiles {

  private final Map<String, DataFile> dataFiles = new HashMap<>();
  private final Map<String, DeleteFile> deleteFiles = new HashMap<>();
  private long snapshotId;

  private LiveFiles(long snapshotId) {
    this.snapshotId = snapshotId;
  }

  /** Of an empty table. */
  static LiveFiles none() {
    return new LiveFiles(-1);
  }

  /** Reads the manifests of {@code snapshot}; null is an empty table. */
  public static LiveFiles of(Table table, @Nullable Snapshot snapshot) {
    if (snapshot == null) {
      return none();
    }
    LiveFiles live = new LiveFiles(snapshot.snapshotId());
    try {
      for (ManifestFile manifest : snapshot.dataManifests(table.io())) {
        try (ManifestReader<DataFile> reader =
            ManifestFiles.read(manifest, table.io(), table.specs())) {
          reader.forEach(file -> live.dataFiles.put(file.location(), file.copyWithoutStats()));
        }
      }
      for (ManifestFile manifest : snapshot.deleteManifests(table.io())) {
        try (ManifestReader<DeleteFile> reader =
            ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
          reader.forEach(file -> live.addDelete(file.copy()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read manifests of " + table.name(), e);
    }
    return live;
  }

  private void addDelete(DeleteFile file) {
    String dataFile = ContentFileUtil.referencedDataFileLocation(file);
    if (file.content() != FileContent.POSITION_DELETES || dataFile == null) {
      throw new LakeException(
          Reason.FOREIGN_SNAPSHOT,
          "delete file %s is not a positional delete of one data file: not written by OmenDB"
              .formatted(file.location()));
    }
    deleteFiles.put(dataFile, file);
  }

  /** Data and delete files. */
  int size() {
    return dataFiles.size() + deleteFiles.size();
  }

  public long snapshotId() {
    return snapshotId;
  }

  /** The data file at that path, without statistics; throws where the snapshot has none. */
  public DataFile dataFile(String path) {
    DataFile file = dataFiles.get(path);
    if (file == null) {
      throw new LakeException(
          Reason.INCONSISTENT_LOCATION,
          "a location names data file %s, which snapshot %d does not have"
              .formatted(path, snapshotId));
    }
    return file;
  }

  public Optional<DeleteFile> deleteFile(String dataFile) {
    return Optional.ofNullable(deleteFiles.get(dataFile));
  }

  /** Moves on to the snapshot that the committer just made from this one. */
  public void advance(
      long newSnapshotId, Collection<DataFile> added, PositionalDeletes.Change deletes) {
    for (DataFile file : added) {
      dataFiles.put(file.location(), file.copyWithoutStats());
    }
    for (DataFile file : deletes.emptied()) {
      dataFiles.remove(file.location());
      deleteFiles.remove(file.location());
    }
    deletes.added().forEach(deleteFiles::put);
    snapshotId = newSnapshotId;
  }
}
