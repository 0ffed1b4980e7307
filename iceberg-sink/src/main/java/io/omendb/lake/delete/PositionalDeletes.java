package io.omendb.lake.delete;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.data.BaseDeleteLoader;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.parquet.Parquet;

/**
 * Turns a cut's former locations into delete files. A data file has at most one, which holds all
 * its deleted positions: the new one contains the old one's positions and replaces it in the same
 * commit, since two deletion vectors of one file make every read fail. A data file without a live
 * row is removed instead.
 */
public final class PositionalDeletes {

  private static final int FORMAT_VERSION_OF_DELETION_VECTORS = 3;

  /**
   * What a commit has to do.
   *
   * @param added the new delete file of each data file, by path
   * @param replaced delete files that go, those of emptied data files included
   * @param emptied data files that go
   */
  public record Change(
      Map<String, DeleteFile> added, List<DeleteFile> replaced, List<DataFile> emptied) {
    public static final Change NONE = new Change(Map.of(), List.of(), List.of());
  }

  private final Table table;
  private final BaseDeleteLoader loader;

  public PositionalDeletes(Table table) {
    this.table = table;
    this.loader = new BaseDeleteLoader(file -> table.io().newInputFile(file.location()));
  }

  /**
   * Writes delete files for {@code positions} (ascending per data file) on top of {@code live}.
   *
   * @param deleteFilePath the file to write, without its extension
   */
  public Change write(SortedMap<String, long[]> positions, LiveFiles live, String deleteFilePath) {
    Map<String, PositionDeleteIndex> merged = new TreeMap<>();
    List<DeleteFile> replaced = new ArrayList<>();
    List<DataFile> emptied = new ArrayList<>();
    positions.forEach(
        (path, added) -> {
          DataFile dataFile = live.dataFile(path);
          Optional<DeleteFile> old = live.deleteFile(path);
          old.ifPresent(replaced::add);
          PositionDeleteIndex index =
              loader.loadPositionDeletes(old.map(List::of).orElse(List.of()), path);
          checkLive(dataFile, index, added);
          if (index.cardinality() + added.length == dataFile.recordCount()) {
            emptied.add(dataFile);
          } else {
            merged.put(path, index);
          }
        });
    if (merged.isEmpty()) {
      return new Change(Map.of(), replaced, emptied);
    }
    try {
      Map<String, DeleteFile> written =
          TableUtil.formatVersion(table) >= FORMAT_VERSION_OF_DELETION_VECTORS
              ? writeDeletionVectors(merged, positions, deleteFilePath)
              : writePositionDeletes(merged, positions, deleteFilePath);
      return new Change(written, replaced, emptied);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write deletes to " + deleteFilePath, e);
    }
  }

  /** A position that is dead already, or none at all, means that some row would be doubled. */
  private static void checkLive(DataFile file, PositionDeleteIndex deleted, long[] positions) {
    long before = -1;
    for (long position : positions) {
      if (position >= file.recordCount() || position == before || deleted.isDeleted(position)) {
        throw new LakeException(
            Reason.INCONSISTENT_LOCATION,
            "a location names row %d of %s (%d rows), which is not live"
                .formatted(position, file.location(), file.recordCount()));
      }
      before = position;
    }
  }

  /** Format v3: all vectors of the cut in one Puffin file. */
  private Map<String, DeleteFile> writeDeletionVectors(
      Map<String, PositionDeleteIndex> merged,
      SortedMap<String, long[]> positions,
      String deleteFilePath)
      throws IOException {
    String puffin = deleteFilePath + ".puffin";
    BaseDVFileWriter writer =
        new BaseDVFileWriter(() -> table.io().newOutputFile(puffin), merged::get);
    try (writer) {
      for (String path : merged.keySet()) {
        for (long position : positionsOf(positions, path)) {
          writer.delete(path, position, PartitionSpec.unpartitioned(), null);
        }
      }
    }
    Map<String, DeleteFile> written = new LinkedHashMap<>();
    for (DeleteFile vector : writer.result().deleteFiles()) {
      written.put(vector.referencedDataFile(), vector);
    }
    return written;
  }

  /** Format v2: one position-delete file per data file, positions ascending. */
  private Map<String, DeleteFile> writePositionDeletes(
      Map<String, PositionDeleteIndex> merged,
      SortedMap<String, long[]> positions,
      String deleteFilePath)
      throws IOException {
    Map<String, DeleteFile> written = new LinkedHashMap<>();
    for (Map.Entry<String, PositionDeleteIndex> entry : merged.entrySet()) {
      String path = entry.getKey();
      String file = "%s-%d.parquet".formatted(deleteFilePath, written.size());
      PositionDeleteWriter<Void> writer =
          Parquet.writeDeletes(table.io().newOutputFile(file))
              .set(TableProperties.DELETE_PARQUET_COMPRESSION, "zstd")
              .metricsConfig(MetricsConfig.forPositionDelete())
              .withSpec(PartitionSpec.unpartitioned())
              .overwrite(false)
              .buildPositionWriter();
      try (writer) {
        PositionDelete<Void> delete = PositionDelete.create();
        for (long position : union(entry.getValue(), positionsOf(positions, path))) {
          writer.write(delete.set(path, position));
        }
      }
      written.put(path, writer.toDeleteFile());
    }
    return written;
  }

  private static long[] positionsOf(SortedMap<String, long[]> positions, String path) {
    long[] of = positions.get(path);
    return of == null ? new long[0] : of;
  }

  private static long[] union(PositionDeleteIndex old, long[] added) {
    long[] all = Arrays.copyOf(added, Math.toIntExact(added.length + old.cardinality()));
    int[] size = {added.length};
    old.forEach(position -> all[size[0]++] = position);
    Arrays.sort(all);
    return all;
  }
}
