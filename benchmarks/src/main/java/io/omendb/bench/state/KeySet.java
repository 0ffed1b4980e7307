package io.omendb.bench.state;

import java.util.Locale;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;

/**
 * What keys look like. Each set is a one-to-one function of a number: those below the number of
 * loaded keys are present, those from {@link #MISSING} on are not, and lie among the others.
 */
enum KeySet {
  /** 0, 2, 4, …: the odd numbers are missing. */
  SEQUENTIAL(true) {
    @Override
    Object key(long number) {
      return number < MISSING ? 2 * number : 2 * (number - MISSING) + 1;
    }
  },
  /** All 64 bits evenly spread. */
  UNIFORM64(true) {
    @Override
    Object key(long number) {
      return Scatter.mix(number);
    }
  },
  /** One of 1,000 tenants in the upper half, a sequence in the lower. */
  TENANT_SEQUENCE(true) {
    @Override
    Object key(long number) {
      long present = number < MISSING ? 2 * number : 2 * (number - MISSING) + 1;
      return (1 + (present / 2) % TENANTS) << 40 | (present / 2 / TENANTS * 2 + present % 2);
    }
  },
  /** Gaps between neighbours over ten orders of magnitude: exponents are evenly spread. */
  HEAVY_TAILED(true) {
    @Override
    Object key(long number) {
      double share = (Scatter.mix(number) >>> 11) * 0x1.0p-53;
      long position = (long) Math.pow(2, 36 * share);
      return position << 25 | (number & 0xFF_FFFF) << 1 | number / MISSING;
    }
  },
  /**
   * Against a piecewise-linear model: clusters of 64 numbers at distances that double and halve, so
   * that no line fits more than a few blocks.
   */
  ADVERSARIAL(true) {
    @Override
    Object key(long number) {
      long position = number < MISSING ? number : number - MISSING;
      long cluster = position >>> 6;
      long start = 0;
      for (int bit = 0; bit < 32; bit++) {
        if ((cluster >>> bit & 1) != 0) {
          start += 1L << Math.min(60, bit + (bit & 1) * 20 + 8);
        }
      }
      return (start + (position & 63)) * 2 + number / MISSING;
    }
  },
  /** Random UUIDs as text. */
  UUID(false) {
    @Override
    Object key(long number) {
      return new java.util.UUID(Scatter.mix(number), Scatter.mix(~number)).toString();
    }
  },
  /** Addresses of pages that share long beginnings. */
  URL(false) {
    @Override
    Object key(long number) {
      return "https://www.example-%d.com/catalogue/section-%d/item-%012d.html"
          .formatted(Scatter.mix(number) >>> 58, (Scatter.mix(number) >>> 40) & 1023, number);
    }
  },
  /** Names at a few hosts. */
  EMAIL(false) {
    @Override
    Object key(long number) {
      return "%s.%s%d@mail-%d.example"
          .formatted(
              Long.toString(Scatter.mix(number) >>> 40, 36),
              Long.toString(Scatter.mix(~number) >>> 44, 36),
              number,
              Scatter.mix(number) & 15);
    }
  };

  /** The number of the first missing key. */
  static final long MISSING = 1L << 32;

  private static final long TENANTS = 1000;

  private final boolean numeric;

  KeySet(boolean numeric) {
    this.numeric = numeric;
  }

  abstract Object key(long number);

  @SuppressWarnings("unchecked") // by construction
  TypeSerializer<Object> serializer() {
    return (TypeSerializer<Object>)
        (TypeSerializer<?>) (numeric ? LongSerializer.INSTANCE : StringSerializer.INSTANCE);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
