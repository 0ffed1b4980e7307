package io.omendb.jobs.log;

/**
 * Sizes of a {@link FileCommitLog}. A new segment begins once one has {@code segmentBytes}; the
 * file grows by {@code preallocateBytes} of zeros at a time, so that most syncs need not make a new
 * file length durable (0: no preallocation); {@code recentBytesMax} bounds the newest records kept
 * in memory for readers that follow.
 */
public record FileCommitLogOptions(
    long segmentBytes, int preallocateBytes, long recentBytesMax, LogFileSystem files) {

  public static final FileCommitLogOptions DEFAULT =
      new FileCommitLogOptions(64L << 20, 1 << 20, 32L << 20, LogFileSystem.LOCAL);

  public FileCommitLogOptions {
    if (segmentBytes < 1 || preallocateBytes < 0 || recentBytesMax < 0) {
      throw new IllegalArgumentException(
          "segmentBytes %d, preallocateBytes %d, recentBytesMax %d"
              .formatted(segmentBytes, preallocateBytes, recentBytesMax));
    }
  }

  public FileCommitLogOptions withFiles(LogFileSystem newFiles) {
    return new FileCommitLogOptions(segmentBytes, preallocateBytes, recentBytesMax, newFiles);
  }

  public FileCommitLogOptions withSegmentBytes(long newSegmentBytes) {
    return new FileCommitLogOptions(newSegmentBytes, preallocateBytes, recentBytesMax, files);
  }

  public FileCommitLogOptions withPreallocateBytes(int newPreallocateBytes) {
    return new FileCommitLogOptions(segmentBytes, newPreallocateBytes, recentBytesMax, files);
  }

  public FileCommitLogOptions withRecentBytesMax(long newRecentBytesMax) {
    return new FileCommitLogOptions(segmentBytes, preallocateBytes, newRecentBytesMax, files);
  }
}
