package io.omendb.lake.scan;

import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.write.ByteReader;
import io.omendb.lake.write.ByteWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;

/**
 * The delete files of a split: varint count, and for each its path, format name, size in bytes,
 * number of positions, and for a deletion vector offset and length in the Puffin file.
 */
final class SplitCodec {

  private SplitCodec() {}

  static FileSplit encode(FileScanTask task) {
    ByteWriter out = new ByteWriter().writeVarint(task.deletes().size());
    for (DeleteFile delete : task.deletes()) {
      out.writeString(delete.location())
          .writeString(delete.format().name())
          .writeVarint(delete.fileSizeInBytes())
          .writeVarint(delete.recordCount());
      if (delete.format() == FileFormat.PUFFIN) {
        out.writeVarint(delete.contentOffset()).writeVarint(delete.contentSizeInBytes());
      }
    }
    return new FileSplit(task.file().location(), task.file().recordCount(), out.toByteArray());
  }

  static List<DeleteFile> deletesOf(FileSplit split) {
    ByteReader in = new ByteReader("split of " + split.dataFile(), split.encoded());
    List<DeleteFile> deletes = new ArrayList<>();
    for (int left = in.readCount(in.remaining()); left > 0; left--) {
      FileMetadata.Builder builder =
          FileMetadata.deleteFileBuilder(PartitionSpec.unpartitioned())
              .ofPositionDeletes()
              .withPath(in.readString());
      FileFormat format = FileFormat.fromString(in.readString());
      builder
          .withFormat(format)
          .withFileSizeInBytes(in.readVarint())
          .withRecordCount(in.readVarint())
          .withReferencedDataFile(split.dataFile());
      if (format == FileFormat.PUFFIN) {
        builder.withContentOffset(in.readVarint()).withContentSizeInBytes(in.readVarint());
      }
      deletes.add(builder.build());
    }
    return deletes;
  }
}
