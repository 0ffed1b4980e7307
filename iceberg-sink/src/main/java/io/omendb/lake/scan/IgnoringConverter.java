package io.omendb.lake.scan;

import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;

/** What Parquet's column store insists on and, read column by column, never calls with a value. */
final class IgnoringConverter extends GroupConverter {

  private static final PrimitiveConverter COLUMN = new PrimitiveConverter() {};

  @Override
  public Converter getConverter(int fieldIndex) {
    return COLUMN;
  }

  @Override
  public void start() {}

  @Override
  public void end() {}
}
