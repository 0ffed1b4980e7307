package io.omendb.lake.write;

import io.omendb.lake.CutFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.ContentFileParser;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.util.JsonUtil;

/**
 * What one writer wrote for a cut, decoded. On the wire: version byte 1, cut CSN, data files as
 * Iceberg's JSON, former positions as ascending differences, the location segment.
 *
 * @param formerPositions per data file the positions that the cut deletes, ascending
 */
public record CutShare(
    long cutCsn,
    List<DataFile> dataFiles,
    SortedMap<String, long[]> formerPositions,
    LocationSegment locations) {

  private static final int VERSION = 1;

  CutFiles encode() {
    ByteWriter out = new ByteWriter().writeByte(VERSION).writeLong(cutCsn);
    out.writeVarint(dataFiles.size());
    long rowCount = 0;
    for (DataFile file : dataFiles) {
      out.writeString(ContentFileParser.toJson(file, PartitionSpec.unpartitioned()));
      rowCount += file.recordCount();
    }
    out.writeVarint(formerPositions.size());
    long deleteCount = 0;
    for (Map.Entry<String, long[]> entry : formerPositions.entrySet()) {
      out.writeString(entry.getKey()).writeVarint(entry.getValue().length);
      long before = 0;
      for (long position : entry.getValue()) {
        out.writeVarint(position - before);
        before = position;
      }
      deleteCount += entry.getValue().length;
    }
    out.writeVarint(locations.files().size());
    locations.files().forEach(out::writeString);
    out.writeVarint(locations.entryCount())
        .writeInt(locations.firstShard())
        .writeInt(locations.lastShard())
        .writeVarint(locations.length())
        .writeString(locations.path())
        .writeBytes(locations.inline());
    return new CutFiles(out.toByteArray(), rowCount, deleteCount);
  }

  /** Decodes what a writer's {@code finish()} gave. */
  public static CutShare decode(CutFiles files) {
    ByteReader in = new ByteReader("a cut's share", files.encoded());
    int version = in.readByte();
    if (version != VERSION) {
      throw in.corrupt("expected version %d, got %d".formatted(VERSION, version));
    }
    long cutCsn = in.readLong();
    List<DataFile> dataFiles = new ArrayList<>();
    for (int left = in.readCount(in.remaining()); left > 0; left--) {
      dataFiles.add(dataFile(in.readString()));
    }
    SortedMap<String, long[]> formerPositions = new TreeMap<>();
    for (int left = in.readCount(in.remaining()); left > 0; left--) {
      String path = in.readString();
      long[] positions = new long[in.readCount(in.remaining())];
      long position = 0;
      for (int i = 0; i < positions.length; i++) {
        position += in.readVarint();
        positions[i] = position;
      }
      formerPositions.put(path, positions);
    }
    return new CutShare(cutCsn, dataFiles, formerPositions, segment(in));
  }

  private static LocationSegment segment(ByteReader in) {
    List<String> files = new ArrayList<>();
    for (int left = in.readCount(in.remaining()); left > 0; left--) {
      files.add(in.readString());
    }
    return new LocationSegment(
        files,
        in.readVarint(),
        in.readInt(),
        in.readInt(),
        in.readVarint(),
        in.readString(),
        in.readBytes());
  }

  private static DataFile dataFile(String json) {
    try {
      return (DataFile)
          ContentFileParser.fromJson(
              JsonUtil.mapper().readTree(json), PartitionSpec.unpartitioned());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot decode data file " + json, e);
    }
  }
}
