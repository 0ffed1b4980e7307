package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.sql.statement.PlannedStatement.CopyOptions;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryAccount;
import io.omendb.jobs.memory.MemoryShare;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CopyReaderTest {
  private static final CopyOptions TEXT =
      new CopyOptions(CopyOptions.Format.TEXT, '\t', "\\N", false, '"', '"', false, List.of());
  private static final CopyOptions CSV =
      new CopyOptions(CopyOptions.Format.CSV, ',', "", false, '"', '"', false, List.of());

  private static final MemoryAccount MEMORY =
      new MemoryAccount(MemoryShare.unbounded("tests"), Long.MAX_VALUE, "");

  private static List<List<String>> read(CopyOptions options, String data, int pieceBytes) {
    List<List<String>> rows = new ArrayList<>();
    CopyReader reader =
        new CopyReader(
            options,
            (fields, count) ->
                rows.add(Arrays.stream(fields, 0, count).map(f -> f == null ? "NULL" : f).toList()),
            MEMORY);
    byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i += pieceBytes) {
      reader.accept(bytes, i, Math.min(pieceBytes, bytes.length - i));
    }
    reader.finish();
    return rows;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void textUnescapes(int pieceBytes) {
    String data = "1\ta\\tb\\\\c\t\\N\n2\t\t\\101\\x42\\q\nä\t\\\n\tz\n\\.\nignored\n";
    assertThat(read(TEXT, data, pieceBytes))
        .containsExactly(
            List.of("1", "a\tb\\c", "NULL"), List.of("2", "", "ABq"), List.of("ä", "\n", "z"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void csvUnquotes(int pieceBytes) {
    String data = "1,\"a,\"\"b\"\"\nc\",\r\n2,\"\",x\"y,z\"\n3,ü,";
    assertThat(read(CSV, data, pieceBytes))
        .containsExactly(
            List.of("1", "a,\"b\"\nc", "NULL"),
            List.of("2", "", "xy,z"),
            List.of("3", "ü", "NULL"));
  }

  @Test
  void anyCutGivesTheSameRows() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    String alphabet = "a,\"\n\\\tN.é\r";
    for (int round = 0; round < 300; round++) {
      StringBuilder data = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        data.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      for (CopyOptions options : List.of(TEXT, CSV)) {
        String whole = outcome(options, data.toString(), 1 << 20);
        for (int piece = 1; piece < 6; piece++) {
          assertThat(outcome(options, data.toString(), piece))
              .as("seed %d, data %s, pieces of %d", seed, data, piece)
              .isEqualTo(whole);
        }
      }
    }
  }

  private static String outcome(CopyOptions options, String data, int pieceBytes) {
    try {
      return read(options, data, pieceBytes).toString();
    } catch (OmenException error) {
      return error.code().sqlState();
    }
  }

  @Test
  void refusesWhatIsNoText() {
    CopyReader reader = new CopyReader(TEXT, (fields, count) -> {}, MEMORY);
    assertThatThrownBy(() -> reader.accept(new byte[] {(byte) 0xff, '\n'}, 0, 2))
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code().sqlState()).isEqualTo("22021"));
  }

  @Test
  void refusesAnUnclosedQuote() {
    assertThatThrownBy(() -> read(CSV, "1,\"abc\n", 3))
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code().sqlState()).isEqualTo("22P04"));
  }
}
