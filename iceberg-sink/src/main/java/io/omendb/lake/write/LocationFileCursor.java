package io.omendb.lake.write;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable.LocationCursor;
import io.omendb.lake.RowLocation;
import io.omendb.lake.write.LocationFile.SegmentHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;

/** Reads a location file block by block, each verified before it is decoded. Not thread-safe. */
final class LocationFileCursor implements LocationCursor {

  private static final byte[] NO_KEY = {};

  private final FileIO io;
  private final String locationFile;
  private final Iterator<SegmentHeader> segments;
  private @Nullable SegmentHeader segment;
  private @Nullable SeekableInputStream in;
  private String source = "";
  private long offset;
  private long endOffset;
  private long entriesLeft;
  private ByteReader block = new ByteReader("", NO_KEY);
  private int shard;
  private byte[] key = NO_KEY;
  private @Nullable RowLocation location;

  LocationFileCursor(FileIO io, String locationFile, List<SegmentHeader> segments) {
    this.io = io;
    this.locationFile = locationFile;
    this.segments = segments.iterator();
  }

  @Override
  public boolean next() {
    try {
      while (block.remaining() == 0) {
        if (offset < endOffset) {
          readBlock();
        } else if (!openNextSegment()) {
          return false;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source, e);
    }
    decodeEntry();
    return true;
  }

  private boolean openNextSegment() throws IOException {
    if (entriesLeft != 0) {
      throw LocationFile.corrupt(source, offset, entriesLeft + " entries are missing");
    }
    closeStream();
    if (!segments.hasNext()) {
      return false;
    }
    SegmentHeader next = segments.next();
    segment = next;
    source = next.path().isEmpty() ? locationFile : next.path();
    offset = next.offset();
    endOffset = next.offset() + next.length();
    entriesLeft = next.entryCount();
    if (next.length() > 0) {
      try {
        SeekableInputStream opened = io.newInputFile(source).newStream();
        in = opened;
        opened.seek(offset);
      } catch (NotFoundException e) {
        throw new LakeException(Reason.NO_SUCH_SNAPSHOT, "location file is gone: " + source, e);
      }
    }
    return true;
  }

  private void readBlock() throws IOException {
    SeekableInputStream stream = in;
    if (stream == null) {
      throw new IllegalStateException("cursor of " + source + " is closed");
    }
    ByteReader head = new ByteReader(source, LocationFile.readFully(source, stream, offset, 8));
    int length = head.readInt();
    int expected = head.readInt();
    if (length <= 0 || length > endOffset - offset - 8) {
      throw LocationFile.corrupt(source, offset, "block of %d bytes".formatted(length));
    }
    byte[] payload = LocationFile.readFully(source, stream, offset + 8, length);
    if (LocationFile.checksum(payload, 0, length) != expected) {
      throw LocationFile.corrupt(source, offset, "checksum of the block does not match");
    }
    block = new ByteReader(source, payload);
    offset += 8L + length;
  }

  private void decodeEntry() {
    SegmentHeader current = segment;
    if (current == null || entriesLeft-- <= 0) {
      throw block.corrupt("more entries than the header says");
    }
    shard = block.readCount(Integer.MAX_VALUE);
    key = block.readBytes();
    int ordinal = block.readCount(current.files().size()) - 1;
    location =
        ordinal < 0 ? null : new RowLocation(current.files().get(ordinal), block.readVarint());
  }

  @Override
  public int shard() {
    return shard;
  }

  @Override
  public byte[] key() {
    return key;
  }

  @Override
  public @Nullable RowLocation location() {
    return location;
  }

  private void closeStream() throws IOException {
    SeekableInputStream open = in;
    in = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    try {
      closeStream();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + source, e);
    }
  }
}
