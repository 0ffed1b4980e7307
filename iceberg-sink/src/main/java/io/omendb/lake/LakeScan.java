package io.omendb.lake;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.table.data.RowData;

/** Reads one snapshot: the files to read, then each file, skipping positions. */
public interface LakeScan {

  /** The files of the snapshot with their deletes. */
  List<FileSplit> files();

  /**
   * The live rows of one file, projected to {@code fields} (indexes into the table's row type, in
   * output order), without the positions that the snapshot deleted and without those in {@code
   * mask}. Returned rows may be reused.
   */
  RowIterator read(FileSplit split, int[] fields, PositionMask mask);

  /**
   * All columns of the live rows of one file, with their positions, for whoever relies on them
   * alone: a file that lacks a column or has other than the expected number of rows is
   * CORRUPT_FILE, here and in {@link #read} as far as that shows.
   */
  LocatedRows readWhole(FileSplit split);

  /**
   * One data file and its deletes in a self-contained encoding; {@code rowCount} counts all rows of
   * the file, deleted ones too.
   */
  record FileSplit(String dataFile, long rowCount, byte[] encoded) implements Serializable {}

  /** Positions of one data file to skip besides its deletes. */
  interface PositionMask {
    boolean isMasked(long position);

    PositionMask NONE = position -> false;
  }

  /** Rows of a file; close it. */
  interface RowIterator extends AutoCloseable {
    boolean next();

    RowData row();

    @Override
    void close();
  }

  /** Rows of a file that know where they are. */
  interface LocatedRows extends RowIterator {

    /** The current row's position in the file. */
    long position();
  }
}
