package io.omendb.gateway.types;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.table.data.GenericRowData;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * What holds for every type: its forms lead back to the datum, and PostgreSQL agrees with text,
 * bytes and the reading of odd input. Random datums come from {@code -Dseed=}.
 */
abstract class PgTypeContract {
  static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
  private static final int DATUMS = 400;
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  abstract PgType type();

  /** The name of PostgreSQL's send function. */
  abstract String sendFunction();

  abstract Object randomDatum(Random random);

  /** Columns that hold every random datum unchanged; none for a type that no column has. */
  abstract List<ColumnType> columnTypes();

  /** Input that PostgreSQL reads or refuses, and we alike. */
  abstract List<String> inputs();

  private List<Object> datums() {
    System.out.println(type() + " seed " + SEED);
    Random random = new Random(SEED);
    List<Object> datums = new ArrayList<>();
    for (int i = 0; i < DATUMS; i++) {
      datums.add(randomDatum(random));
    }
    return datums;
  }

  @Test
  void textLeadsBack() {
    for (Object datum : datums()) {
      String text = type().text(datum, ZONE);
      assertThat(type().parseText(text, ZONE)).as("seed %d: %s", SEED, text).isEqualTo(datum);
    }
  }

  @Test
  void binaryLeadsBack() {
    for (Object datum : datums()) {
      ByteBuf bytes = Unpooled.buffer();
      type().writeBinary(bytes, datum);
      int length = bytes.readableBytes();
      if (type().lengthBytes() > 0 && type() != PgTypes.NAME && type() != PgTypes.CHAR) {
        assertThat(length).isEqualTo(type().lengthBytes());
      }
      assertThat(type().readBinary(bytes, length)).as("seed %d", SEED).isEqualTo(datum);
      assertThat(bytes.isReadable()).isFalse();
    }
  }

  @Test
  void storageLeadsBack() {
    for (ColumnType column : columnTypes()) {
      for (Object datum : datums()) {
        GenericRowData row = GenericRowData.of(type().toStorage(datum, column));
        Object back = type().fromStorage(row, 0, column);
        assertThat(back).as("seed %d, %s", SEED, column).isEqualTo(stored(datum, column));
      }
      assertThat(type().fromStorage(GenericRowData.of((Object) null), 0, column)).isNull();
    }
  }

  /** What a column gives back, where that is not the datum itself. */
  Object stored(Object datum, ColumnType column) {
    return datum;
  }

  @Test
  void randomBytesAreRefusedOrRead() {
    Random random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      ByteBuf in = Unpooled.wrappedBuffer(bytes);
      try {
        Object datum = type().readBinary(in, bytes.length);
        assertThat(type().text(datum, ZONE)).isNotNull();
      } catch (OmenException refused) {
        assertThat(refused.code().sqlState()).as("seed %d", SEED).matches("22...|0A000");
      }
    }
  }

  @Test
  void postgresShowsAndSendsTheSame() throws SQLException {
    List<Object> datums = datums();
    String[] texts = datums.stream().map(d -> type().text(d, ZONE)).toArray(String[]::new);
    String sql =
        "SELECT v::%1$s::text, encode(%2$s(v::%1$s), 'hex') FROM unnest(?::text[]) WITH ORDINALITY u(v, n) ORDER BY n"
            .formatted(sqlType(), sendFunction());
    try (Connection connection = connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      Array array = connection.createArrayOf("text", texts);
      statement.setArray(1, array);
      try (ResultSet rows = statement.executeQuery()) {
        SoftAssertions softly = new SoftAssertions();
        for (int i = 0; rows.next(); i++) {
          softly.assertThat(texts[i]).as("text, seed %d", SEED).isEqualTo(rows.getString(1));
          ByteBuf bytes = Unpooled.buffer();
          type().writeBinary(bytes, datums.get(i));
          softly
              .assertThat(ByteBufUtil.hexDump(bytes))
              .as("bytes of %s, seed %d", texts[i], SEED)
              .isEqualTo(rows.getString(2));
        }
        softly.assertAll();
      }
    }
  }

  @Test
  void postgresReadsInputTheSame() throws SQLException {
    SoftAssertions softly = new SoftAssertions();
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement("SELECT (?::text)::%s::text".formatted(sqlType()))) {
      for (String input : inputs()) {
        softly.assertThat(ours(input)).as("'%s'", input).isEqualTo(theirs(statement, input));
      }
    }
    softly.assertAll();
  }

  private String ours(String input) {
    try {
      return type().text(type().parseText(input, ZONE), ZONE);
    } catch (OmenException refused) {
      return "error " + refused.code().sqlState();
    }
  }

  private static String theirs(PreparedStatement statement, String input) throws SQLException {
    statement.setString(1, input);
    try (ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException refused) {
      return "error " + refused.getSQLState();
    }
  }

  /** The type's name in SQL. */
  String sqlType() {
    return type().name();
  }

  private static Connection connect() throws SQLException {
    Connection connection = LocalPostgres.shared().connect();
    try (var statement = connection.createStatement()) {
      statement.execute("SET TimeZone = '" + ZONE.getId() + "'");
    }
    return connection;
  }
}
