package io.omendb.state.store;

import io.omendb.state.model.KeyFeature;
import io.omendb.state.model.PiecewiseLinearModel;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/**
 * Chooses how the blocks of a section are found, and writes the index; see {@link BlockIndex} for
 * the kinds and their bytes.
 *
 * <p>Chosen by measured cost. Where many blocks end in keys with the same feature, numbers do not
 * tell them apart and whole keys are kept. Otherwise the features are kept, with a model over them
 * if its few segments make the search shorter by a probe or more.
 */
final class BlockIndexWriter {

  /** A model must save at least this many probes against binary search to be worth its place. */
  private static final int PROBES_SAVED_MIN = 1;

  private BlockIndexWriter() {}

  /** The last entry of a block. */
  record Separator(byte[] key, long version) {}

  static void write(DataOutput out, List<Separator> lastEntries, int prefixLength, int epsilon)
      throws IOException {
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
      writeSeparators(out, lastEntries);
      return;
    }
    PiecewiseLinearModel model = PiecewiseLinearModel.fit(features, count, epsilon);
    int probesWithModel =
        probes(model.segmentCount()) + probes(2 * Math.min(model.maxError(), count) + 2);
    boolean withModel = probesWithModel + PROBES_SAVED_MIN <= probes(count);
    out.writeByte(withModel ? BlockIndex.KIND_MODEL : BlockIndex.KIND_FEATURES);
    for (long feature : features) {
      out.writeLong(feature);
    }
    if (withModel) {
      model.writeTo(out);
    }
  }

  /** Steps of a binary search over {@code count} places. */
  private static int probes(int count) {
    return 32 - Integer.numberOfLeadingZeros(Math.max(0, count - 1));
  }

  private static void writeSeparators(DataOutput out, List<Separator> separators)
      throws IOException {
    out.writeByte(BlockIndex.KIND_SEPARATORS);
    int end = 0;
    for (Separator separator : separators) {
      end = Math.addExact(end, Long.BYTES + separator.key().length);
      out.writeInt(end);
    }
    for (Separator separator : separators) {
      out.writeLong(separator.version());
      out.write(separator.key());
    }
  }
}
