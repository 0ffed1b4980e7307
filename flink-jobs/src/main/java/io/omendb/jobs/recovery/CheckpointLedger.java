package io.omendb.jobs.recovery;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The durable list of sealed checkpoints, oldest first. Kept in two files, {@code
 * sealed-checkpoints} beside the directory of all checkpoints and {@code sealed} in it, each
 * replaced as a whole: the loss of one, or of the whole directory, does not take the knowledge
 * along of what there was. Used by one thread at a time.
 *
 * <pre>
 * 0   4  magic "OSEA", big-endian like all
 * 4   4  version = 1
 * 8   8  sequence: rises with each replacement
 * 16  4  count n, then n checkpoints
 *        UTF directory, long checkpoint id, long log position, long csn, int m, then m files
 *        UTF path, long bytes, int CRC32C
 *     4  CRC32C of all before
 * </pre>
 */
final class CheckpointLedger {
  static final String NAME_BESIDE = "sealed-checkpoints";
  static final String NAME_INSIDE = "sealed";

  private static final int MAGIC = 0x4F534541;
  private static final int VERSION = 1;
  private static final int BYTES_MIN = 24;
  private static final int BYTES_MAX = 256 << 20;

  /** What the files say. */
  record Content(long sequence, List<SealedCheckpoint> checkpoints) {
    static final Content NOTHING = new Content(0, List.of());

    Content {
      checkpoints = List.copyOf(checkpoints);
    }
  }

  private final LogFileSystem files;
  private final List<Path> copies;

  /**
   * @param root the directory of all checkpoints
   */
  CheckpointLedger(LogFileSystem files, Path root) {
    this.files = files;
    this.copies = List.of(root.resolveSibling(NAME_BESIDE), root.resolve(NAME_INSIDE));
  }

  /**
   * The newest intact copy; null where nothing was ever sealed.
   *
   * @throws OmenException DATA_CORRUPTED where there are copies but none is intact
   */
  @Nullable Content read() throws IOException {
    Content newest = null;
    OmenException damage = null;
    for (Path copy : copies) {
      try {
        Content content = read(copy);
        if (newest == null || content.sequence() > newest.sequence()) {
          newest = content;
        }
      } catch (NoSuchFileException e) {
        // The other copy counts.
      } catch (OmenException e) {
        damage = e;
      }
    }
    if (newest == null && damage != null) {
      throw damage;
    }
    return newest;
  }

  private Content read(Path copy) throws IOException {
    try (LogFile file = files.openForRead(copy)) {
      long size = file.size();
      if (size < BYTES_MIN || size > BYTES_MAX) {
        throw corrupted(copy, "it has %d bytes".formatted(size));
      }
      byte[] bytes = new byte[(int) size];
      file.read(ByteBuffer.wrap(bytes), 0);
      int length = bytes.length - Integer.BYTES;
      ByteBuffer header = ByteBuffer.wrap(bytes);
      if (header.getInt(0) != MAGIC || header.getInt(length) != checksum(bytes, length)) {
        throw corrupted(copy, "its checksum is wrong");
      }
      if (header.getInt(4) != VERSION) {
        throw new OmenException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "%s has version %d; this release reads version %d"
                .formatted(copy, header.getInt(4), VERSION));
      }
      return decode(new DataInputDeserializer(bytes, 8, length - 8));
    }
  }

  private static OmenException corrupted(Path copy, String what) {
    return new OmenException(
        ErrorCode.DATA_CORRUPTED,
        "the list of checkpoints %s is damaged: %s".formatted(copy, what));
  }

  /** Replaces both copies, durably. */
  void write(Content content) throws IOException {
    byte[] bytes = encode(content);
    for (Path copy : copies) {
      Path temporary = copy.resolveSibling(copy.getFileName() + "." + UUID.randomUUID() + ".tmp");
      try (LogFile file = files.create(temporary)) {
        file.write(ByteBuffer.wrap(bytes), 0);
        file.force();
      }
      files.rename(temporary, copy);
      files.syncDirectory(parent(copy));
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("expected a file in a directory, got " + file);
    }
    return parent;
  }

  private static byte[] encode(Content content) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(4096);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeLong(content.sequence());
    out.writeInt(content.checkpoints().size());
    for (SealedCheckpoint checkpoint : content.checkpoints()) {
      out.writeUTF(checkpoint.directory());
      out.writeLong(checkpoint.checkpointId());
      out.writeLong(checkpoint.logPosition());
      out.writeLong(checkpoint.csn());
      out.writeInt(checkpoint.files().size());
      for (CheckpointFile file : checkpoint.files()) {
        out.writeUTF(file.path());
        out.writeLong(file.bytes());
        out.writeInt(file.checksum());
      }
    }
    out.writeInt(checksum(out.getSharedBuffer(), out.length()));
    return out.getCopyOfBuffer();
  }

  private static Content decode(DataInputDeserializer in) throws IOException {
    long sequence = in.readLong();
    int count = in.readInt();
    List<SealedCheckpoint> checkpoints = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String directory = in.readUTF();
      long checkpointId = in.readLong();
      long logPosition = in.readLong();
      long csn = in.readLong();
      int fileCount = in.readInt();
      List<CheckpointFile> files = new ArrayList<>();
      for (int j = 0; j < fileCount; j++) {
        files.add(new CheckpointFile(in.readUTF(), in.readLong(), in.readInt()));
      }
      checkpoints.add(new SealedCheckpoint(directory, checkpointId, logPosition, csn, files));
    }
    return new Content(sequence, checkpoints);
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
