package io.omendb.state.store;

import io.omendb.state.model.KeyFeature;
import io.omendb.state.model.PiecewiseLinearModel;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds, within one section of a run, the block that holds the first entry not before a key and
 * version. Immutable, in memory. A target may also lie behind the last entry; then the answer is
 * the block count.
 */
sealed interface BlockIndex {

  /** Kinds as written in the file. */
  int KIND_FEATURES = 0;

  int KIND_MODEL = 1;
  int KIND_SEPARATORS = 2;

  /** First number, first position and slope. */
  int MODEL_SEGMENT_BYTES = Long.BYTES + Integer.BYTES + Double.BYTES;

  /** A model must save at least this many probes against binary search to be worth its place. */
  int PROBES_SAVED_MIN = 1;

  /** The first block that can hold the target, {@code key[0, keyLength)} and a version. */
  int low(byte[] key, int keyLength, long version);

  /**
   * The last block, or the block count, at which the target can be, given {@link #low}; if greater
   * than that, the blocks between have to be looked at.
   */
  int high(byte[] key, int keyLength, long version, int low);

  int kind();

  /** The kind in a word. */
  String label();

  /** Memory of what is searched, without the model. */
  long memoryBytes();

  /** Memory of the model, 0 without one. */
  long modelBytes();

  /** Greatest error of the model, 0 without one. */
  int modelError();

  void writeTo(DataOutput out) throws IOException;

  /** The last entry of a block. */
  record Separator(byte[] key, long version) {}

  /**
   * Chooses by measured cost. Where many blocks end in keys with the same feature, numbers do not
   * tell them apart and whole keys are kept. Otherwise the features are kept, with a model over
   * them if its few segments make the search shorter.
   */
  static BlockIndex build(List<Separator> lastEntries, int prefixLength, int epsilon) {
    int count = lastEntries.size();
    long[] features = new long[count];
    int distinctCount = 0;
    for (int i = 0; i < count; i++) {
      byte[] key = lastEntries.get(i).key();
      features[i] = KeyFeature.of(key, 0, key.length, prefixLength);
      if (i == 0 || features[i] != features[i - 1]) {
        distinctCount++;
      }
    }
    if (distinctCount < count - count / 4) {
      return new Separators(lastEntries);
    }
    PiecewiseLinearModel model = PiecewiseLinearModel.fit(features, count, epsilon);
    int probesWithModel =
        probes(model.segmentCount()) + probes(2 * Math.min(model.maxError(), count) + 2);
    return new Features(
        prefixLength, features, probesWithModel + PROBES_SAVED_MIN <= probes(count) ? model : null);
  }

  /** Steps of a binary search over {@code count} places. */
  private static int probes(int count) {
    return 32 - Integer.numberOfLeadingZeros(Math.max(0, count - 1));
  }

  /** Reads what {@link #writeTo} wrote after its kind. */
  static BlockIndex readFrom(DataInput in, int blockCount, int prefixLength) throws IOException {
    int kind = in.readUnsignedByte();
    switch (kind) {
      case KIND_FEATURES, KIND_MODEL -> {
        long[] features = new long[blockCount];
        for (int i = 0; i < blockCount; i++) {
          features[i] = in.readLong();
        }
        PiecewiseLinearModel model =
            kind == KIND_MODEL ? PiecewiseLinearModel.readFrom(in, blockCount) : null;
        return new Features(prefixLength, features, model);
      }
      case KIND_SEPARATORS -> {
        List<Separator> separators = new ArrayList<>(blockCount);
        for (int i = 0; i < blockCount; i++) {
          long version = in.readLong();
          separators.add(new Separator(RunDirectory.readKey(in), version));
        }
        return new Separators(separators);
      }
      default -> throw new IOException("unknown kind of block index: " + kind);
    }
  }

  /**
   * Searches numbers; with a model within its error bound, without one by bisection. Blocks whose
   * last keys have the target's own feature cannot be told apart by it.
   */
  final class Features implements BlockIndex {
    private final int prefixLength;
    private final long[] features;
    private final @Nullable PiecewiseLinearModel model;

    Features(int prefixLength, long[] features, @Nullable PiecewiseLinearModel model) {
      this.prefixLength = prefixLength;
      this.features = features;
      this.model = model;
    }

    @Override
    public int low(byte[] key, int keyLength, long version) {
      long feature = KeyFeature.of(key, 0, keyLength, prefixLength);
      return model != null
          ? model.lowerBound(features, features.length, feature)
          : PiecewiseLinearModel.lowerBound(features, 0, features.length, feature);
    }

    @Override
    public int high(byte[] key, int keyLength, long version, int low) {
      if (low == features.length) {
        return low;
      }
      long feature = KeyFeature.of(key, 0, keyLength, prefixLength);
      int high = low;
      while (high < features.length && features[high] == feature) {
        high++;
      }
      return high;
    }

    @Override
    public int kind() {
      return model != null ? KIND_MODEL : KIND_FEATURES;
    }

    @Override
    public String label() {
      return model != null ? "model" : "features";
    }

    @Override
    public long memoryBytes() {
      return (long) Long.BYTES * features.length;
    }

    @Override
    public long modelBytes() {
      return model == null ? 0 : (long) MODEL_SEGMENT_BYTES * model.segmentCount();
    }

    @Override
    public int modelError() {
      return model == null ? 0 : model.maxError();
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
      out.writeByte(kind());
      for (long feature : features) {
        out.writeLong(feature);
      }
      if (model != null) {
        model.writeTo(out);
      }
    }
  }

  /** Searches whole keys. */
  final class Separators implements BlockIndex {
    private final Separator[] separators;

    Separators(List<Separator> separators) {
      this.separators = separators.toArray(Separator[]::new);
    }

    @Override
    public int low(byte[] key, int keyLength, long version) {
      int low = 0;
      int high = separators.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        byte[] separator = separators[middle].key();
        int order = Arrays.compareUnsigned(separator, 0, separator.length, key, 0, keyLength);
        if (order < 0 || (order == 0 && separators[middle].version() > version)) {
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
    public int kind() {
      return KIND_SEPARATORS;
    }

    @Override
    public String label() {
      return "separators";
    }

    @Override
    public long memoryBytes() {
      long bytes = 0;
      for (Separator separator : separators) {
        bytes += Long.BYTES + separator.key().length;
      }
      return bytes;
    }

    @Override
    public long modelBytes() {
      return 0;
    }

    @Override
    public int modelError() {
      return 0;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
      out.writeByte(KIND_SEPARATORS);
      for (Separator separator : separators) {
        out.writeLong(separator.version());
        RunDirectory.writeKey(out, separator.key());
      }
    }
  }
}
