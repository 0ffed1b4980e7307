package io.omendb.lake.write;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable.LocationCursor;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * The location file of a cut: where each changed key's row is now. Written once by the committer,
 * named in the snapshot's summary, never changed.
 *
 * <pre>
 * offset  size  field (integers big-endian; varint, string, bytes as in {@link ByteWriter})
 *      0     4  magic "OLOC"
 *      4     4  format version, 1
 *      8     4  length h of the header body
 *     12     4  CRC-32C of the header body
 *     16     h  header body:
 *                 long   cut CSN
 *                 int    table id
 *                 varint number of segments, and for each:
 *                   varint length in bytes (all blocks)
 *                   varint number of entries
 *                   varint first shard, varint last shard (both 0 where there is no entry)
 *                   string path of the file that holds its blocks; empty: they follow here
 *                   varint number of data files, and for each: string path
 *   16+h        blocks of the segments that follow here, in order
 *
 * block:  int payload length · int CRC-32C of the payload · payload = entries
 * entry:  varint shard · bytes key · varint 0 for a deleted key, else data file ordinal + 1
 *         · varint position (not for a deleted key)
 * </pre>
 *
 * Within a segment the entries of a shard are together and their keys ascend; a key is in one
 * segment only.
 */
public final class LocationFile {

  static final int MAGIC = 0x4F4C4F43;
  static final int VERSION = 1;
  static final int PREAMBLE_BYTES = 16;

  private LocationFile() {}

  /** Where the location files of a table are. */
  public static String pathOf(Table table, String name) {
    return table.location() + "/locations/" + name;
  }

  /** Writes a location file from all shares' segments. */
  public static void write(
      FileIO io, String path, long cutCsn, int tableId, List<LocationSegment> segments) {
    ByteWriter body = new ByteWriter().writeLong(cutCsn).writeInt(tableId);
    body.writeVarint(segments.size());
    for (LocationSegment segment : segments) {
      boolean empty = segment.entryCount() == 0;
      body.writeVarint(segment.length())
          .writeVarint(segment.entryCount())
          .writeVarint(empty ? 0 : segment.firstShard())
          .writeVarint(empty ? 0 : segment.lastShard())
          .writeString(segment.path())
          .writeVarint(segment.files().size());
      segment.files().forEach(body::writeString);
    }
    ByteWriter preamble =
        new ByteWriter()
            .writeInt(MAGIC)
            .writeInt(VERSION)
            .writeInt(body.size())
            .writeInt(checksum(body.buffer(), 0, body.size()));
    try (PositionOutputStream out = io.newOutputFile(path).create()) {
      out.write(preamble.buffer(), 0, preamble.size());
      out.write(body.buffer(), 0, body.size());
      for (LocationSegment segment : segments) {
        out.write(segment.inline());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write location file " + path, e);
    }
  }

  /** The entries of a location file; the empty path has none. */
  public static LocationCursor read(FileIO io, String path) {
    return new LocationFileCursor(
        io, path, path.isEmpty() ? List.of() : readHeader(io, path).segments());
  }

  /** The file itself and the files of its segments: what goes when the cut's snapshot goes. */
  public static List<String> filesOf(FileIO io, String path) {
    List<String> files = new ArrayList<>(List.of(path));
    for (SegmentHeader segment : readHeader(io, path).segments()) {
      if (!segment.path().isEmpty()) {
        files.add(segment.path());
      }
    }
    return files;
  }

  /** Where a segment's blocks are: in {@code path}, or in the location file from {@code offset}. */
  record SegmentHeader(
      String path, long offset, long length, long entryCount, List<String> files) {}

  private record Header(long cutCsn, int tableId, List<SegmentHeader> segments) {}

  private static Header readHeader(FileIO io, String path) {
    try (SeekableInputStream in = io.newInputFile(path).newStream()) {
      ByteReader preamble = new ByteReader(path, readFully(path, in, 0, PREAMBLE_BYTES));
      int magic = preamble.readInt();
      if (magic != MAGIC) {
        throw corrupt(path, 0, "expected magic %08x, got %08x".formatted(MAGIC, magic));
      }
      int version = preamble.readInt();
      if (version != VERSION) {
        throw new LakeException(
            Reason.NEWER_FILE_VERSION,
            "location file %s has version %d, expected %d".formatted(path, version, VERSION));
      }
      int length = preamble.readInt();
      int expected = preamble.readInt();
      long fileLength = io.newInputFile(path).getLength();
      if (length < 0 || length > fileLength - PREAMBLE_BYTES) {
        throw corrupt(path, 8, "header of %d bytes in a file of %d".formatted(length, fileLength));
      }
      byte[] body = readFully(path, in, PREAMBLE_BYTES, length);
      if (checksum(body, 0, length) != expected) {
        throw corrupt(path, PREAMBLE_BYTES, "checksum of the header does not match");
      }
      return decodeBody(path, body);
    } catch (NotFoundException e) {
      throw new LakeException(Reason.MISSING_FILE, "location file is gone: " + path, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read location file " + path, e);
    }
  }

  private static Header decodeBody(String path, byte[] body) {
    ByteReader in = new ByteReader(path, body);
    long cutCsn = in.readLong();
    int tableId = in.readInt();
    int segmentCount = in.readCount(body.length);
    long offset = PREAMBLE_BYTES + (long) body.length;
    List<SegmentHeader> segments = new ArrayList<>();
    for (int i = 0; i < segmentCount; i++) {
      long length = in.readVarint();
      long entryCount = in.readVarint();
      in.readVarint();
      in.readVarint();
      String segmentPath = in.readString();
      int fileCount = in.readCount(in.remaining());
      List<String> files = new ArrayList<>();
      for (int f = 0; f < fileCount; f++) {
        files.add(in.readString());
      }
      if (segmentPath.isEmpty()) {
        segments.add(new SegmentHeader("", offset, length, entryCount, files));
        offset += length;
      } else {
        segments.add(new SegmentHeader(segmentPath, 0, length, entryCount, files));
      }
    }
    return new Header(cutCsn, tableId, segments);
  }

  static byte[] readFully(String path, SeekableInputStream in, long offset, int length)
      throws IOException {
    byte[] bytes = new byte[length];
    try {
      IOUtil.readFully(in, bytes, 0, length);
    } catch (EOFException e) {
      throw new LakeException(
          Reason.CORRUPT_FILE,
          "%s is corrupt at offset %d: expected %d more bytes".formatted(path, offset, length),
          e);
    }
    return bytes;
  }

  static int checksum(byte[] bytes, int offset, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, offset, length);
    return (int) checksum.getValue();
  }

  static LakeException corrupt(String path, long offset, String what) {
    return new LakeException(
        Reason.CORRUPT_FILE, "%s is corrupt at offset %d: %s".formatted(path, offset, what));
  }
}
