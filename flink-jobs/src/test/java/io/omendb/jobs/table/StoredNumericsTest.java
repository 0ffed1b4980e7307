package io.omendb.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoredNumericsTest {
  private static final ColumnType NUMERIC = ColumnType.of(ColumnType.Kind.NUMERIC);
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          "public",
          "n",
          1,
          List.of(
              new Column(1, "id", ColumnType.of(ColumnType.Kind.INTEGER), false, null),
              new Column(2, "a", NUMERIC, true, null),
              new Column(3, "b", NUMERIC, true, null)),
          List.of(0),
          Map.of());

  private final RowCodec codec = new RowCodec(SCHEMA);

  @Test
  void anUnconstrainedColumnKeepsItsValuesDisplayScaleAndDecimals() {
    for (String text :
        List.of(
            "-2.10",
            "10.500",
            "0",
            "0.00",
            "7",
            "1.1",
            "100",
            "0.12345678901234567890",
            "1234567890123456789012.1234567890123456")) {
      BigDecimal value = new BigDecimal(text);
      byte[] bytes = codec.encode(row(value, null));
      assertThat(StoredNumerics.value(codec.decode(bytes), 1, NUMERIC)).isEqualTo(value);
      assertThat(codec.decode(bytes).isNullAt(2)).isTrue();
    }
  }

  @Test
  void bothColumnsOfARowKeepTheirs() {
    byte[] bytes = codec.encode(row(new BigDecimal("1.50"), new BigDecimal("2.000")));
    assertThat(StoredNumerics.value(codec.decode(bytes), 1, NUMERIC))
        .isEqualTo(new BigDecimal("1.50"));
    assertThat(StoredNumerics.value(codec.decode(bytes), 2, NUMERIC))
        .isEqualTo(new BigDecimal("2.000"));
  }

  @Test
  void aRowThatWasWrittenWithoutTrailerShowsNoTrailingZeros() {
    byte[] bytes = codec.encode(row(new BigDecimal("1.50"), null));
    // What stands behind a decimal at scale 2 without digits of its own, and the footer.
    byte[] withoutTrailer = Arrays.copyOf(bytes, bytes.length - 5 - 8);
    assertThat(StoredNumerics.value(codec.decode(withoutTrailer), 1, NUMERIC))
        .isEqualTo(new BigDecimal("1.5"));
  }

  @Test
  void aDeclaredNumericOfTheStorageScaleIsNotUnconstrained() {
    assertThat(ColumnType.numeric(38, 16).isUnconstrainedNumeric()).isFalse();
    assertThat(NUMERIC.isUnconstrainedNumeric()).isTrue();
  }

  @Test
  void aKeyOfMoreDecimalsThanItsEncodingHoldsIsRefused() {
    TableSchema keyed =
        new TableSchema(
            2,
            "public",
            "k",
            1,
            List.of(new Column(1, "a", NUMERIC, false, null)),
            List.of(0),
            Map.of());
    GenericRowData row = GenericRowData.of(decimal(new BigDecimal("0.12345678901234567")));
    assertThatThrownBy(() -> new KeyCodec(keyed).encode(row))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("more than 16 decimals");
  }

  private static GenericRowData row(BigDecimal a, @Nullable BigDecimal b) {
    return GenericRowData.of(1, decimal(a), b == null ? null : decimal(b));
  }

  private static DecimalData decimal(BigDecimal value) {
    return DecimalData.fromBigDecimal(value, Math.max(38, value.precision()), value.scale());
  }
}
