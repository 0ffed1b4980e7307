package io.omendb.bench.state;

import java.util.Locale;

/** What is measured. The share of operations that write is in percent. */
enum Operation {
  GET(0),
  MISSING(0),
  MIX_95_5(5),
  MIX_50_50(50),
  PUT(100),
  READ_MODIFY_WRITE(100),
  /** All of a small map. */
  SCAN(0),
  /** The first entries of a large map. */
  SCAN_LARGE(0);

  final int writePercent;

  Operation(int writePercent) {
    this.writePercent = writePercent;
  }

  boolean scans() {
    return this == SCAN || this == SCAN_LARGE;
  }

  /** Whether its rate is only known after compaction has followed. */
  boolean steady() {
    return this == PUT || this == READ_MODIFY_WRITE;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Operation of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
