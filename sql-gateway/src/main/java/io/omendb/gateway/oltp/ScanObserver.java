package io.omendb.gateway.oltp;

/** Told how many rows a scan reads, so that the router learns table sizes. Thread-safe. */
public interface ScanObserver {

  /** {@code rows} rows were read so far, told now and then; may throw to end the scan. */
  void read(int tableId, boolean wholeTable, long rows);

  /** The scan came to its end after that many rows. */
  void finished(int tableId, boolean wholeTable, long rows);

  ScanObserver NONE =
      new ScanObserver() {
        @Override
        public void read(int tableId, boolean wholeTable, long rows) {}

        @Override
        public void finished(int tableId, boolean wholeTable, long rows) {}
      };
}
