package io.omendb.jobs.log;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link CommitLog} of segment files in one directory (bytes: {@link Segment}).
 *
 * <p>Appending a group: 1. write its frames behind the end, large ones in pieces, 2. sync once, 3.
 * check that the epoch file still has our epoch, 4. note that the log is durable up to there
 * ({@link DurableEnd}), 5. publish the new end to readers. Whoever takes the log over first makes
 * its epoch durable and then reads to the end, so if step 3 finds our epoch, that reader saw our
 * bytes; if not, the outcome is unknown to us and we say so. The new owner begins a segment of its
 * own, so bytes that an old one writes late fall behind its segment's end and mean nothing.
 *
 * <p>After a failed write, sync or rename the file is cut back to where the group began, durably,
 * so that it is known that nothing of it is left. If the disk was full that is all: the next append
 * tries again. Otherwise, or where cutting back fails, the log is poisoned: every later append
 * fails with the same error. Readers go on.
 *
 * <p>Rejected: a checksum per group (a follower would wait for the whole group), and reuse of old
 * segment files (a stale frame could then pass for a record).
 */
public final class FileCommitLog implements CommitLog {
  static final Logger LOG = LoggerFactory.getLogger(FileCommitLog.class);
  private static final int ENCODE_BUFFER_KEEP_BYTES = 4 << 20;

  /** Larger records are encoded and written in pieces of about this size. */
  private static final int PIECE_BYTES = 1 << 20;

  private final Path directory;
  private final FileCommitLogOptions options;
  private final LogFileSystem files;
  private final EpochFile epochFile;
  private final LogBase base;
  private final DurableEnd durableEnd;
  private final DirectoryLock.Owner owner = this::fence;
  private final DirectoryLock lock;
  private final RecentRecords recent;
  private final long epoch;

  /** Guards appending, deleting segments and closing. */
  private final Object appendMonitor = new Object();

  /** Held while the log is trimmed, which reads what is to go; taken before the other. */
  private final Object trimMonitor = new Object();

  /** Oldest first, the one being written last; replaced as a whole. */
  private volatile List<Segment> segments = List.of();

  private volatile long end;
  private volatile CompletableFuture<Void> nextAppend = new CompletableFuture<>();
  private volatile @Nullable OmenException poison;
  private volatile boolean closed;

  /** Of the last segment; null once closed. */
  private @Nullable LogFile current;

  private long preallocatedTo;
  private DataOutputSerializer encodeBuffer = new DataOutputSerializer(64 << 10);

  /**
   * Opens or creates the log, takes the next epoch, recovers a torn tail. An older log of this
   * process on the same directory is fenced; another process's is an error.
   */
  public static FileCommitLog open(Path directory, FileCommitLogOptions options)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      options.files().syncDirectory(parentOf(directory));
    }
    return new FileCommitLog(directory.toRealPath(), options);
  }

  /**
   * Makes the log of a new database in {@code directory}, which exists, without opening it: from
   * then on a log that is gone is missed.
   */
  public static void create(Path directory, LogFileSystem files) throws IOException {
    for (Path file : files.list(directory)) {
      if (String.valueOf(file.getFileName()).endsWith(Segment.SUFFIX)) {
        throw new OmenException(
            ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
            "there is a commit log in %s already".formatted(directory));
      }
    }
    DurableEnd.create(files, directory);
  }

  private static Path parentOf(Path directory) {
    Path parent = directory.toAbsolutePath().normalize().getParent();
    return parent == null ? directory : parent;
  }

  private static boolean isOfALog(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(Segment.SUFFIX)
        || name.equals(DurableEnd.NAME)
        || name.equals(EpochFile.NAME)
        || name.equals(LogBase.NAME);
  }

  private FileCommitLog(Path directory, FileCommitLogOptions options) throws IOException {
    this.directory = directory;
    this.options = options;
    files = options.files();
    epochFile = new EpochFile(files, directory);
    base = new LogBase(files, directory);
    recent = new RecentRecords(options.recentBytesMax());
    lock = DirectoryLock.acquire(directory, owner);
    boolean opened = false;
    try {
      deleteTemporaryFiles();
      if (files.list(directory).stream().noneMatch(FileCommitLog::isOfALog)) {
        DurableEnd.create(files, directory);
      }
      epoch = Math.max(epochFile.read(), SegmentDirectory.newestEpoch(files, directory)) + 1;
      epochFile.write(epoch);
      // Only now: what an older appender acknowledged before it saw our epoch is in the files.
      SegmentDirectory found = SegmentDirectory.read(files, directory);
      cutTornTail(found);
      end = found.end();
      segments = found.segments();
      startSegment();
      durableEnd = DurableEnd.open(files, directory);
      opened = true;
    } finally {
      if (!opened) {
        lock.release(owner);
      }
    }
    LOG.info("Commit log {} opened: epoch {}, positions {} to {}", directory, epoch, begin(), end);
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long append(List<LogRecord> group) throws IOException {
    synchronized (appendMonitor) {
      requireUsable();
      long groupStart = end;
      long[] ends = new long[group.size()];
      requireWritable(group);
      try {
        if (groupStart - last().base() >= options.segmentBytes()) {
          startSegment();
        }
        write(group, groupStart, ends);
      } catch (IOException e) {
        throw isDiskFull(e) ? full(e, groupStart) : poison(e, groupStart);
      }
      checkEpoch();
      try {
        durableEnd.write(groupEnd(groupStart, ends));
      } catch (IOException e) {
        throw isDiskFull(e) ? fullBehind(e, groupStart) : poisonBehind(e, groupStart);
      }
      publish(group, groupStart, ends);
      return end;
    }
  }

  private static long groupEnd(long groupStart, long[] ends) {
    return ends.length == 0 ? groupStart : ends[ends.length - 1];
  }

  private void requireWritable(List<LogRecord> group) {
    for (LogRecord record : group) {
      if (record.epoch() != epoch) {
        throw new IllegalArgumentException(
            "expected a record of epoch %d, got %s".formatted(epoch, record));
      }
      long estimate = LogRecordCodec.estimatedBytes(record);
      if (estimate > Segment.PAYLOAD_BYTES_MAX) {
        throw new OmenException(
            ErrorCode.PROGRAM_LIMIT_EXCEEDED,
            "a transaction of about %d bytes exceeds the commit log's maximum of %d"
                .formatted(estimate, Segment.PAYLOAD_BYTES_MAX));
      }
    }
  }

  /** Writes and syncs a group: small records gather in one buffer, large ones are never whole. */
  private void write(List<LogRecord> group, long groupStart, long[] ends) throws IOException {
    emptyBuffer();
    long position = groupStart;
    for (int i = 0; i < ends.length; i++) {
      LogRecord record = group.get(i);
      if (LogRecordCodec.estimatedBytes(record) > ENCODE_BUFFER_KEEP_BYTES) {
        position = flushBuffer(position);
        position += writeLarge(record, groupStart, position);
      } else {
        encode(record, groupStart);
      }
      ends[i] = position + encodeBuffer.length();
    }
    long after = last().offset(flushBuffer(position));
    LogFile file = open();
    if (options.preallocateBytes() > 0 && after > preallocatedTo) {
      file.write(ByteBuffer.allocate(options.preallocateBytes()), after);
      preallocatedTo = after + options.preallocateBytes();
    }
    file.force();
  }

  private void emptyBuffer() {
    if (encodeBuffer.getSharedBuffer().length > ENCODE_BUFFER_KEEP_BYTES) {
      encodeBuffer = new DataOutputSerializer(64 << 10);
    }
    encodeBuffer.clear();
  }

  private void encode(LogRecord record, long groupStart) throws IOException {
    int start = encodeBuffer.length();
    encodeBuffer.skipBytesToWrite(Segment.FRAME_BYTES);
    LogRecordCodec.write(encodeBuffer, record);
    int payloadBytes = encodeBuffer.length() - start - Segment.FRAME_BYTES;
    Segment.fillFrame(encodeBuffer.getSharedBuffer(), start, payloadBytes, groupStart);
  }

  /** Writes what is in the buffer at {@code position}; returns the position after it. */
  private long flushBuffer(long position) throws IOException {
    int length = encodeBuffer.length();
    if (length > 0) {
      open().write(bufferBytes(length), last().offset(position));
    }
    emptyBuffer();
    return position + length;
  }

  private ByteBuffer bufferBytes(int length) {
    return ByteBuffer.wrap(encodeBuffer.getSharedBuffer(), 0, length);
  }

  /**
   * Writes a record's frame: its payload in pieces, then the fixed part, so that until the last
   * write there is no frame. It is encoded twice, for its length comes first in the checksum.
   */
  private long writeLarge(LogRecord record, long groupStart, long position) throws IOException {
    long[] total = {0};
    encodeInPieces(record, bytes -> total[0] += bytes.remaining());
    int payloadBytes = Math.toIntExact(total[0]);
    CRC32C crc = Segment.beginChecksum(payloadBytes, groupStart);
    LogFile file = open();
    long frameOffset = last().offset(position);
    long[] offset = {frameOffset + Segment.FRAME_BYTES};
    encodeInPieces(
        record,
        bytes -> {
          int length = bytes.remaining();
          crc.update(bytes.duplicate());
          file.write(bytes, offset[0]);
          offset[0] += length;
        });
    file.write(Segment.frame(payloadBytes, groupStart, crc), frameOffset);
    return Segment.FRAME_BYTES + (long) payloadBytes;
  }

  private interface PieceWriter {
    void write(ByteBuffer bytes) throws IOException;
  }

  private void encodeInPieces(LogRecord record, PieceWriter writer) throws IOException {
    LogRecordCodec.write(
        encodeBuffer,
        record,
        () -> {
          if (encodeBuffer.length() >= PIECE_BYTES) {
            writer.write(bufferBytes(encodeBuffer.length()));
            encodeBuffer.clear();
          }
        });
    writer.write(bufferBytes(encodeBuffer.length()));
    encodeBuffer.clear();
  }

  private void checkEpoch() throws IOException {
    long now = epochFile.read();
    if (now != epoch) {
      poison = fencedBy("epoch " + now);
      throw new OmenException(
          ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN,
          "the commit log %s was taken over by epoch %d while epoch %d committed"
              .formatted(directory, now, epoch));
    }
  }

  private void publish(List<LogRecord> group, long groupStart, long[] ends) {
    long start = groupStart;
    for (int i = 0; i < ends.length; i++) {
      recent.add(start, ends[i], group.get(i));
      start = ends[i];
    }
    end = start;
    wakeReaders();
  }

  private void wakeReaders() {
    CompletableFuture<Void> waiting = nextAppend;
    nextAppend = new CompletableFuture<>();
    waiting.complete(null);
  }

  /** Cuts the file back to {@code position}, so that nothing of a group is left, and goes on. */
  private OmenException full(IOException cause, long position) {
    try {
      cutBack(position);
    } catch (IOException e) {
      cause.addSuppressed(e);
      return poison(cause, position);
    }
    return new OmenException(
        ErrorCode.DISK_FULL,
        "the disk of the commit log %s is full: %s".formatted(directory, cause.getMessage()),
        cause);
  }

  /** Likewise, but nothing is appended any more. */
  private OmenException poison(IOException cause, long position) {
    OmenException error = poisonWith(cause, position);
    try {
      cutBack(position);
      return error;
    } catch (IOException e) {
      error.addSuppressed(e);
      return unresolved(error);
    }
  }

  /**
   * A durable group could not be noted as such. It stays, since the note may have been written: a
   * log that ends before it would be taken for a damaged one.
   */
  private OmenException poisonBehind(IOException cause, long position) {
    return unresolved(poisonWith(cause, position));
  }

  /** The note is taken back first: at no moment the log ends before what is noted. */
  private OmenException fullBehind(IOException cause, long position) {
    try {
      durableEnd.write(position);
    } catch (IOException e) {
      cause.addSuppressed(e);
      return poisonBehind(cause, position);
    }
    return full(cause, position);
  }

  private OmenException poisonWith(IOException cause, long position) {
    OmenException error =
        new OmenException(
            ErrorCode.IO_ERROR,
            "cannot write commit log %s: %s".formatted(directory, cause.getMessage()),
            cause);
    poison = error;
    LOG.error("Commit log {} failed at position {}", directory, position, cause);
    return error;
  }

  private static OmenException unresolved(OmenException error) {
    return new OmenException(
        ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN,
        "%s; whether the commit is durable shows when the log is opened again"
            .formatted(error.getMessage()),
        error);
  }

  private void cutBack(long position) throws IOException {
    LogFile file = open();
    long offset = last().offset(position);
    file.truncate(offset);
    file.force();
    preallocatedTo = Math.min(preallocatedTo, offset);
  }

  private static boolean isDiskFull(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left") || message.contains("disk quota");
  }

  @Override
  public boolean isFenced() {
    OmenException error = poison;
    return error != null && error.code() == ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE;
  }

  @Override
  public void verifyEpoch() throws IOException {
    requireUsable();
    long now = epochFile.read();
    if (now != epoch) {
      OmenException fenced = fencedBy("epoch " + now);
      poison = fenced;
      throw fenced;
    }
  }

  private void fence() {
    synchronized (appendMonitor) {
      if (!closed) {
        poison = fencedBy("a newer one in this process");
      }
    }
  }

  private OmenException fencedBy(String whom) {
    return new OmenException(
        ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
        "the commit log %s of epoch %d was taken over by %s".formatted(directory, epoch, whom));
  }

  private void requireUsable() {
    OmenException error = poison;
    if (error != null) {
      throw new OmenException(error.code(), String.valueOf(error.getMessage()), error);
    }
    if (closed) {
      throw new OmenException(
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE, "the commit log is closed");
    }
  }

  private LogFile open() throws IOException {
    LogFile file = current;
    if (file == null) {
      throw new IOException("no segment is open");
    }
    return file;
  }

  private Segment last() {
    List<Segment> list = segments;
    return list.get(list.size() - 1);
  }

  /**
   * Begins a segment where the log ends; an empty one is replaced. Only then the former is cut to
   * its records: if this fails the log is as before, and as nothing was appended the next try is
   * for a segment of the same name, so that no record ever follows in the former what begins the
   * next.
   */
  private void startSegment() throws IOException {
    Segment segment = new Segment(end, directory.resolve(Segment.fileName(end)));
    Path temporary = directory.resolve(Segment.fileName(end) + ".tmp");
    LogFile file = files.create(temporary);
    boolean started = false;
    try {
      file.write(Segment.header(end, epoch), 0);
      file.force();
      files.rename(temporary, segment.file());
      files.syncDirectory(directory);
      started = true;
    } finally {
      if (!started) {
        file.close();
      }
    }
    try (LogFile before = current) {
      current = file;
      if (before != null) {
        before.truncate(last().offset(end));
      }
    } finally {
      preallocatedTo = Segment.HEADER_BYTES;
      List<Segment> next = new ArrayList<>(segments);
      next.removeIf(s -> s.base() == segment.base());
      next.add(segment);
      segments = List.copyOf(next);
    }
  }

  /** Leftovers of files that were never put into place. */
  private void deleteTemporaryFiles() throws IOException {
    for (Path file : files.list(directory)) {
      if (String.valueOf(file.getFileName()).endsWith(".tmp")) {
        files.delete(file);
      }
    }
  }

  private void cutTornTail(SegmentDirectory found) throws IOException {
    if (found.segments().isEmpty()) {
      return;
    }
    Segment newest = found.segments().get(found.segments().size() - 1);
    try (LogFile file = files.openForWrite(newest.file())) {
      if (file.size() != newest.offset(found.end())) {
        file.truncate(newest.offset(found.end()));
        file.force();
      }
    }
  }

  @Override
  public long usableBytes() throws IOException {
    return files.usableBytes(directory);
  }

  @Override
  public long beginPosition() {
    return begin();
  }

  private long begin() {
    return segments.get(0).base();
  }

  @Override
  public long endPosition() {
    return end;
  }

  @Override
  public LogReader read(long position) {
    if (position > end) {
      throw new IllegalArgumentException(
          "position %d is after the log's end %d".formatted(position, end));
    }
    requireKept(position);
    return new FileLogReader(this, position);
  }

  private void requireKept(long position) {
    if (position < begin()) {
      throw new OmenException(
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "commit log position %d was trimmed; the log in %s begins at position %d"
              .formatted(position, directory, begin()));
    }
  }

  /** Opens the segment that holds {@code position}, which is below the end. */
  SegmentReader openSegment(long position) throws IOException {
    requireKept(position);
    List<Segment> list = segments;
    int i = list.size() - 1;
    while (list.get(i).base() > position) {
      i--;
    }
    Segment segment = list.get(i);
    return new SegmentReader(segment, files.openForRead(segment.file()));
  }

  /** Where the durable frames of that segment end now. */
  long segmentEnd(Segment segment) {
    long durable = end;
    for (Segment other : segments) {
      if (other.base() > segment.base()) {
        return Math.min(durable, other.base());
      }
    }
    return durable;
  }

  RecentRecords recent() {
    return recent;
  }

  boolean isClosed() {
    return closed;
  }

  CompletableFuture<Void> nextAppend() {
    return nextAppend;
  }

  @Override
  public void trim(long position, StateSource known) throws IOException {
    synchronized (trimMonitor) {
      List<Segment> now = segments;
      int kept = 0;
      while (kept + 1 < now.size() && now.get(kept + 1).base() <= position) {
        kept++;
      }
      if (kept > 0) {
        base.moveTo(now.get(kept).base(), this, known);
        deleteBefore(position);
      }
    }
  }

  private void deleteBefore(long position) throws IOException {
    synchronized (appendMonitor) {
      requireUsable();
      List<Segment> kept = new ArrayList<>(segments);
      List<Segment> trimmed = new ArrayList<>();
      while (kept.size() > 1 && kept.get(1).base() <= position) {
        trimmed.add(kept.remove(0));
      }
      if (trimmed.isEmpty()) {
        return;
      }
      segments = List.copyOf(kept);
      for (Segment segment : trimmed) {
        files.delete(segment.file());
      }
      files.syncDirectory(directory);
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (appendMonitor) {
      if (closed) {
        return;
      }
      closed = true;
      try (LogFile file = current) {
        current = null;
        if (file != null && poison == null) {
          file.truncate(last().offset(end));
          file.force();
        }
      } finally {
        durableEnd.close();
        lock.release(owner);
        recent.clear();
        wakeReaders();
      }
    }
  }
}
