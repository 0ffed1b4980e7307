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
  SCAN(0);

  final int writePercent;

  Operation(int writePercent) {
    this.writePercent = writePercent;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Operation of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
