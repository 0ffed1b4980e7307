package io.omendb.state.store;

import io.omendb.state.model.KeyFeature;
import io.omendb.state.model.PiecewiseLinearModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds, within one section of a run, the block that holds the first entry not before a key and
 * version. Immutable; searched where its bytes lie, except for the model's segments. A target may
 * also lie behind the last entry; then the answer is the block count.
 *
 * <pre>
 * u8 kind, then, of n blocks:
 *   0 features    i64 feature[n], of each block's last key
 *   1 model       i64 feature[n] | model (see PiecewiseLinearModel#writeTo)
 *   2 separators  i32 end[n], of each separator from the first one's start
 *                 | separator[n]: i64 version | key of the block's last entry
 * </pre>
 */
sealed interface BlockIndex {

  int KIND_FEATURES = 0;
  int KIND_MODEL = 1;
  int KIND_SEPARATORS = 2;

  /** First number, first position and slope. */
  int MODEL_SEGMENT_BYTES = Long.BYTES + Integer.BYTES + Double.BYTES;

  /** The first block that can hold the target, {@code key[0, keyLength)} and a version. */
  int low(byte[] key, int keyLength, long version);

  /**
   * The last block, or the block count, at which the target can be, given {@link #low}; if greater
   * than that, the blocks between have to be looked at.
   */
  int high(byte[] key, int keyLength, long version, int low);

  /** The kind in a word. */
  String label();

  /** Memory of what is searched, without the model. */
  long memoryBytes();

  /** Memory of the model, 0 without one. */
  long modelBytes();

  /** Greatest error of the model, 0 without one. */
  int modelError();

  /** Takes what {@link BlockIndexWriter} wrote from {@code in}, and goes on referring to it. */
  static BlockIndex readFrom(ByteBuffer in, int blockCount, int prefixLength) throws IOException {
    int kind = in.get() & 0xFF;
    switch (kind) {
      case KIND_FEATURES, KIND_MODEL -> {
        LongBuffer features = take(in, (long) Long.BYTES * blockCount).asLongBuffer();
        PiecewiseLinearModel model =
            kind == KIND_MODEL ? PiecewiseLinearModel.readFrom(in, blockCount) : null;
        return new Features(prefixLength, blockCount, features, model);
      }
      case KIND_SEPARATORS -> {
        IntBuffer ends = take(in, (long) Integer.BYTES * blockCount).asIntBuffer();
        int end = 0;
        for (int i = 0; i < blockCount; i++) {
          if (ends.get(i) - end < Long.BYTES) {
            throw new IOException("separator " + i + " ends at " + ends.get(i));
          }
          end = ends.get(i);
        }
        return new Separators(blockCount, ends, take(in, end));
      }
      default -> throw new IOException("unknown kind of block index: " + kind);
    }
  }

  /** The next bytes of a buffer, without copying them. */
  static ByteBuffer take(ByteBuffer in, long length) throws IOException {
    if (length > in.remaining()) {
      throw new IOException(length + " bytes with " + in.remaining() + " left");
    }
    ByteBuffer taken = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return taken;
  }

  /**
   * Searches numbers; with a model within its error bound, without one by bisection. Blocks whose
   * last keys have the target's own feature cannot be told apart by it.
   */
  final class Features implements BlockIndex {
    private final int prefixLength;
    private final int blockCount;
    private final LongBuffer features;
    private final @Nullable PiecewiseLinearModel model;

    private Features(
        int prefixLength,
        int blockCount,
        LongBuffer features,
        @Nullable PiecewiseLinearModel model) {
      this.prefixLength = prefixLength;
      this.blockCount = blockCount;
      this.features = features;
      this.model = model;
    }

    @Override
    public int low(byte[] key, int keyLength, long version) {
      long feature = KeyFeature.of(key, 0, keyLength, prefixLength);
      return model != null
          ? model.lowerBound(features, blockCount, feature)
          : PiecewiseLinearModel.lowerBound(features, 0, blockCount, feature);
    }

    @Override
    public int high(byte[] key, int keyLength, long version, int low) {
      if (low == blockCount) {
        return low;
      }
      long feature = KeyFeature.of(key, 0, keyLength, prefixLength);
      int high = low;
      while (high < blockCount && features.get(high) == feature) {
        high++;
      }
      return high;
    }

    @Override
    public String label() {
      return model != null ? "model" : "features";
    }

    @Override
    public long memoryBytes() {
      return (long) Long.BYTES * blockCount;
    }

    @Override
    public long modelBytes() {
      return model == null ? 0 : (long) MODEL_SEGMENT_BYTES * model.segmentCount();
    }

    @Override
    public int modelError() {
      return model == null ? 0 : model.maxError();
    }
  }

  /** Searches whole keys. */
  final class Separators implements BlockIndex {
    private final int blockCount;
    private final IntBuffer ends;
    private final ByteBuffer separators;

    private Separators(int blockCount, IntBuffer ends, ByteBuffer separators) {
      this.blockCount = blockCount;
      this.ends = ends;
      this.separators = separators;
    }

    @Override
    public int low(byte[] key, int keyLength, long version) {
      int low = 0;
      int high = blockCount;
      while (low < high) {
        int middle = (low + high) >>> 1;
        int start = middle == 0 ? 0 : ends.get(middle - 1);
        int keyStart = start + Long.BYTES;
        int order =
            Bytes.compare(separators, keyStart, ends.get(middle) - keyStart, key, keyLength);
        if (order < 0 || (order == 0 && separators.getLong(start) > version)) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    @Override
    public int high(byte[] key, int keyLength, long version, int low) {
      return low;
    }

    @Override
    public String label() {
      return "separators";
    }

    @Override
    public long memoryBytes() {
      return (long) Integer.BYTES * blockCount + separators.capacity();
    }

    @Override
    public long modelBytes() {
      return 0;
    }

    @Override
    public int modelError() {
      return 0;
    }
  }
}
