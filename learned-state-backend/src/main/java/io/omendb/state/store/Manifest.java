package io.omendb.state.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Which runs make up a store, newest first, and its horizons. Big-endian:
 *
 * <pre>
 * i64 magic "OMENMANI" | i32 format version
 * i32 count | horizon ...   i32 keyspace | i64 horizon
 * i32 count | run ...       u16 name length | name, modified UTF-8 | i64 file length
 *                           | i32 footer checksum | i32 first key group | i32 last key group
 *                           | i32 count | i32 hidden keyspace ...
 * i32 CRC-32C of all before
 * </pre>
 */
record Manifest(Map<Integer, Long> horizons, List<Run> runs) {

  static final long MAGIC = 0x4F4D454E4D414E49L;
  static final int FORMAT_VERSION = 1;
  private static final int BYTES_MIN = 24;

  /** A run file, and how the store sees it; see {@link RunHandle}. */
  record Run(
      String name,
      long length,
      int footerChecksum,
      int firstKeyGroup,
      int lastKeyGroup,
      KeyspaceSet hidden) {

    static Run of(RunHandle handle) {
      RunFile file = handle.file();
      return new Run(
          file.name(),
          file.length(),
          file.footerChecksum(),
          handle.firstKeyGroup(),
          handle.lastKeyGroup(),
          handle.hidden());
    }
  }

  Manifest {
    horizons = Map.copyOf(horizons);
    runs = List.copyOf(runs);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(MAGIC);
      out.writeInt(FORMAT_VERSION);
      out.writeInt(horizons.size());
      for (Map.Entry<Integer, Long> horizon : new TreeMap<>(horizons).entrySet()) {
        out.writeInt(horizon.getKey());
        out.writeLong(horizon.getValue());
      }
      out.writeInt(runs.size());
      for (Run run : runs) {
        out.writeUTF(run.name);
        out.writeLong(run.length);
        out.writeInt(run.footerChecksum);
        out.writeInt(run.firstKeyGroup);
        out.writeInt(run.lastKeyGroup);
        out.writeInt(run.hidden.keyspaces().length);
        for (int keyspace : run.hidden.keyspaces()) {
          out.writeInt(keyspace);
        }
      }
      CRC32C crc = new CRC32C();
      crc.update(bytes.toByteArray());
      out.writeInt((int) crc.getValue());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param file what to call it in the message of an error
   */
  static Manifest decode(byte[] bytes, String file) throws CorruptStoreException {
    if (bytes.length < BYTES_MIN) {
      throw new CorruptStoreException(file, bytes.length, "too short for a manifest");
    }
    int checksumOffset = bytes.length - Integer.BYTES;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, checksumOffset);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readLong() != MAGIC) {
        throw new CorruptStoreException(file, 0, "not a manifest");
      }
      int version = in.readInt();
      if (version != FORMAT_VERSION) {
        throw new CorruptStoreException(
            file, 8, "expected manifest format " + FORMAT_VERSION + ", got " + version);
      }
      if (java.nio.ByteBuffer.wrap(bytes).getInt(checksumOffset) != (int) crc.getValue()) {
        throw new CorruptStoreException(file, checksumOffset, "manifest checksum is wrong");
      }
      Map<Integer, Long> horizons = new TreeMap<>();
      for (int i = boundedCount(in); i > 0; i--) {
        int keyspace = in.readInt();
        horizons.put(keyspace, in.readLong());
      }
      List<Run> runs = new ArrayList<>();
      for (int i = boundedCount(in); i > 0; i--) {
        runs.add(readRun(in));
      }
      return new Manifest(horizons, runs);
    } catch (CorruptStoreException e) {
      throw e;
    } catch (IOException e) {
      throw new CorruptStoreException(file, checksumOffset, "manifest: " + e);
    }
  }

  private static Run readRun(DataInputStream in) throws IOException {
    String name = in.readUTF();
    long length = in.readLong();
    int footerChecksum = in.readInt();
    int firstKeyGroup = in.readInt();
    int lastKeyGroup = in.readInt();
    KeyspaceSet hidden = KeyspaceSet.EMPTY;
    for (int i = boundedCount(in); i > 0; i--) {
      hidden = hidden.with(in.readInt());
    }
    return new Run(name, length, footerChecksum, firstKeyGroup, lastKeyGroup, hidden);
  }

  private static int boundedCount(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      throw new IOException("a count of " + count + " with " + in.available() + " bytes left");
    }
    return count;
  }
}
