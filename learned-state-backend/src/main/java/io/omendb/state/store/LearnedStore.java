package io.omendb.state.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The learned store. Opened in a directory of its own; one writer thread. */
public final class LearnedStore implements VersionedStore {

  private record Address(int keyGroup, int keyspace, byte[] key, long version)
      implements Comparable<Address> {
    @Override
    public int compareTo(Address other) {
      int order = Integer.compare(keyGroup, other.keyGroup);
      if (order == 0) {
        order = Integer.compare(keyspace, other.keyspace);
      }
      if (order == 0) {
        order = Arrays.compareUnsigned(key, other.key);
      }
      return order != 0 ? order : Long.compare(other.version, version);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Address address && compareTo(address) == 0;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(key);
    }
  }

  private record Cell(boolean deleted, byte[] value) {}

  private final Path directory;
  private final ConcurrentSkipListMap<Address, Cell> entries = new ConcurrentSkipListMap<>();
  private final Map<Integer, Long> horizons = new ConcurrentHashMap<>();
  private volatile boolean closed;

  private LearnedStore(Path directory) {
    this.directory = directory;
  }

  /** Opens the store in {@code directory}, creating it where there is none. */
  public static LearnedStore open(Path directory, StoreOptions options) throws IOException {
    options.files().createDirectories(directory);
    return new LearnedStore(directory);
  }

  /** Opens images, clipped, in an empty {@code directory}. The given files are not modified. */
  public static LearnedStore restore(
      Path directory, StoreOptions options, List<RestoredImage> images) throws IOException {
    LearnedStore store = open(directory, options);
    for (RestoredImage image : images) {
      store.load(image);
    }
    return store;
  }

  private void load(RestoredImage image) throws IOException {
    String name;
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(image.manifest()))) {
      name = in.readUTF();
    }
    Path file = image.filesByName().get(name);
    if (file == null) {
      throw new IOException("the image has no file " + name);
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      while (in.available() > 0) {
        int keyGroup = in.readInt();
        int keyspace = in.readInt();
        long version = in.readLong();
        byte[] key = in.readNBytes(in.readInt());
        boolean deleted = in.readBoolean();
        byte[] value = in.readNBytes(in.readInt());
        if (keyGroup >= image.firstKeyGroup() && keyGroup <= image.lastKeyGroup()) {
          entries.put(new Address(keyGroup, keyspace, key, version), new Cell(deleted, value));
        }
      }
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store in " + directory + " is closed");
    }
  }

  @Override
  public void put(int keyspace, int keyGroup, byte[] key, long version, byte[] value) {
    checkOpen();
    entries.put(
        new Address(keyGroup, keyspace, key.clone(), version), new Cell(false, value.clone()));
  }

  @Override
  public void delete(int keyspace, int keyGroup, byte[] key, long version) {
    checkOpen();
    entries.put(new Address(keyGroup, keyspace, key.clone(), version), new Cell(true, new byte[0]));
  }

  @Override
  public void setHorizon(int keyspace, long version) {
    horizons.merge(keyspace, version, Math::max);
  }

  @Override
  public void dropKeyspace(int keyspace) {
    checkOpen();
    entries.keySet().removeIf(address -> address.keyspace == keyspace);
  }

  private Map.@Nullable Entry<Address, Cell> find(
      int keyspace, int keyGroup, byte[] key, long version) {
    checkOpen();
    Map.Entry<Address, Cell> entry =
        entries.ceilingEntry(new Address(keyGroup, keyspace, key, version));
    if (entry == null) {
      return null;
    }
    Address found = entry.getKey();
    return found.keyGroup == keyGroup && found.keyspace == keyspace && Arrays.equals(found.key, key)
        ? entry
        : null;
  }

  @Override
  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
    Map.Entry<Address, Cell> entry = find(keyspace, keyGroup, key, version);
    return entry == null || entry.getValue().deleted ? null : entry.getValue().value.clone();
  }

  @Override
  public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
    Map.Entry<Address, Cell> entry = find(keyspace, keyGroup, key, version);
    return entry == null ? -1 : entry.getKey().version;
  }

  @Override
  public StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version) {
    checkOpen();
    byte[] from = fromInclusive == null ? new byte[0] : fromInclusive.clone();
    Address start = new Address(keyGroup, keyspace, from, Long.MAX_VALUE);
    Address end =
        toExclusive == null
            ? new Address(keyGroup, keyspace + 1, new byte[0], Long.MAX_VALUE)
            : new Address(keyGroup, keyspace, toExclusive.clone(), Long.MAX_VALUE);
    Iterator<Map.Entry<Address, Cell>> iterator =
        start.compareTo(end) > 0
            ? Map.<Address, Cell>of().entrySet().iterator()
            : entries.subMap(start, true, end, false).entrySet().iterator();
    return new Cursor(iterator, version);
  }

  private static final class Cursor implements StoreCursor {
    private final Iterator<Map.Entry<Address, Cell>> iterator;
    private final long version;
    private Map.@Nullable Entry<Address, Cell> current;

    Cursor(Iterator<Map.Entry<Address, Cell>> iterator, long version) {
      this.iterator = iterator;
      this.version = version;
    }

    @Override
    public boolean next() {
      Map.Entry<Address, Cell> previous = current;
      while (iterator.hasNext()) {
        Map.Entry<Address, Cell> entry = iterator.next();
        if (entry.getKey().version > version) {
          continue;
        }
        if (previous != null && Arrays.equals(previous.getKey().key, entry.getKey().key)) {
          continue;
        }
        current = entry;
        return true;
      }
      return false;
    }

    private Map.Entry<Address, Cell> entry() {
      Map.Entry<Address, Cell> entry = current;
      if (entry == null) {
        throw new IllegalStateException("the cursor is on no entry");
      }
      return entry;
    }

    @Override
    public byte[] key() {
      return entry().getKey().key.clone();
    }

    @Override
    public byte[] value() {
      return entry().getValue().value.clone();
    }

    @Override
    public long version() {
      return entry().getKey().version;
    }

    @Override
    public boolean isDeleted() {
      return entry().getValue().deleted;
    }

    @Override
    public void close() {}
  }

  @Override
  public StoreCheckpoint checkpoint() {
    checkOpen();
    ConcurrentSkipListMap<Address, Cell> image = entries.clone();
    String name = UUID.randomUUID() + ".run";
    Path file = directory.resolve(name);
    return new StoreCheckpoint() {
      @Override
      public void materialize() throws IOException {
        try (DataOutputStream out =
            new DataOutputStream(new java.io.BufferedOutputStream(Files.newOutputStream(file)))) {
          for (Map.Entry<Address, Cell> entry : image.entrySet()) {
            Address address = entry.getKey();
            out.writeInt(address.keyGroup);
            out.writeInt(address.keyspace);
            out.writeLong(address.version);
            out.writeInt(address.key.length);
            out.write(address.key);
            out.writeBoolean(entry.getValue().deleted);
            out.writeInt(entry.getValue().value.length);
            out.write(entry.getValue().value);
          }
        }
      }

      @Override
      public List<Path> files() {
        return List.copyOf(Set.of(file));
      }

      @Override
      public byte[] manifest() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
          out.writeUTF(name);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
      }

      @Override
      public void close() {
        try {
          Files.deleteIfExists(file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  @Override
  public void close() {
    closed = true;
  }
}
