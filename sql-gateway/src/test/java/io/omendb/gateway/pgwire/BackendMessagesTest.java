package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.omendb.gateway.session.Notice;
import io.omendb.gateway.session.ResultColumn;
import io.omendb.gateway.session.Session;
import io.omendb.gateway.types.PgTypes;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The bytes of each server message, as PostgreSQL's documentation lays them out. */
class BackendMessagesTest {

  private static String hex(Consumer<ByteBuf> message) {
    ByteBuf out = Unpooled.buffer();
    message.accept(out);
    return ByteBufUtil.hexDump(out);
  }

  @Test
  void startup() {
    assertThat(hex(BackendMessages::authenticationOk)).isEqualTo("520000000800000000");
    assertThat(hex(out -> BackendMessages.authenticationRequest(out, 10, new byte[] {1})))
        .isEqualTo("52000000090000000a01");
    assertThat(hex(out -> BackendMessages.negotiateProtocolVersion(out, List.of("a"))))
        .isEqualTo("760000000e00030000000000016100");
    assertThat(hex(out -> BackendMessages.backendKeyData(out, 1, -1)))
        .isEqualTo("4b0000000c00000001ffffffff");
    assertThat(hex(out -> BackendMessages.parameterStatus(out, "a", "b")))
        .isEqualTo("530000000861006200");
  }

  @Test
  void readiness() {
    assertThat(hex(out -> BackendMessages.readyForQuery(out, Session.Status.IDLE)))
        .isEqualTo("5a0000000549");
    assertThat(hex(out -> BackendMessages.readyForQuery(out, Session.Status.IN_TRANSACTION)))
        .isEqualTo("5a0000000554");
    assertThat(hex(out -> BackendMessages.readyForQuery(out, Session.Status.FAILED)))
        .isEqualTo("5a0000000545");
  }

  @Test
  void withoutContent() {
    assertThat(hex(BackendMessages::parseComplete)).isEqualTo("3100000004");
    assertThat(hex(BackendMessages::bindComplete)).isEqualTo("3200000004");
    assertThat(hex(BackendMessages::closeComplete)).isEqualTo("3300000004");
    assertThat(hex(BackendMessages::noData)).isEqualTo("6e00000004");
    assertThat(hex(BackendMessages::portalSuspended)).isEqualTo("7300000004");
    assertThat(hex(BackendMessages::emptyQueryResponse)).isEqualTo("4900000004");
    assertThat(hex(BackendMessages::copyDone)).isEqualTo("6300000004");
  }

  @Test
  void descriptions() {
    ResultColumn column = new ResultColumn("é", PgTypes.VARCHAR, 24, 16384, 2);
    assertThat(hex(out -> BackendMessages.rowDescription(out, List.of(column), new short[] {1})))
        .isEqualTo("540000001b0001c3a900000040000002" + "00000413ffff" + "000000180001");
    assertThat(
            hex(
                out ->
                    BackendMessages.parameterDescription(out, List.of(PgTypes.INT4, PgTypes.TEXT))))
        .isEqualTo("740000000e00020000001700000019");
  }

  @Test
  void completion() {
    assertThat(hex(out -> BackendMessages.commandComplete(out, "BEGIN")))
        .isEqualTo("430000000a424547494e00");
    assertThat(hex(out -> BackendMessages.copyInResponse(out, 2)))
        .isEqualTo("470000000b00000200000000");
    assertThat(hex(out -> BackendMessages.copyOutResponse(out, 0))).isEqualTo("4800000007000000");
    assertThat(hex(out -> BackendMessages.copyData(out, new byte[] {10})))
        .isEqualTo("64000000050a");
  }

  /** A NUL inside a message would start a field of its own. */
  @Test
  void errorsAndNotices() {
    assertThat(
            hex(
                out ->
                    BackendMessages.errorResponse(
                        out, BackendMessages.Severity.ERROR, "22012", "a\0b")))
        .isEqualTo("450000001f534552524f5200564552524f5200433232303132004d613f620000");
    assertThat(hex(out -> BackendMessages.noticeResponse(out, Notice.notice("x"))))
        .isEqualTo("4e0000001f534e4f5449434500564e4f5449434500433030303030004d780000");
  }

  @Test
  void rows() {
    List<ResultColumn> columns =
        List.of(
            new ResultColumn("a", PgTypes.INT4, -1, 0, 0),
            new ResultColumn("b", PgTypes.TEXT, -1, 0, 0),
            new ResultColumn("c", PgTypes.BOOL, -1, 0, 0));
    @Nullable Object[] datums = {-120, "é", null};
    RowEncoder text = new RowEncoder(columns, new short[] {0, 0, 0}, ZoneOffset.UTC);
    assertThat(hex(out -> text.encode(out, datums)))
        .isEqualTo("440000001800030000000" + "42d313230" + "00000002c3a9" + "ffffffff");
    RowEncoder binary = new RowEncoder(columns, new short[] {1, 1, 1}, ZoneOffset.UTC);
    assertThat(hex(out -> binary.encode(out, datums)))
        .isEqualTo("440000001800030000000" + "4ffffff88" + "00000002c3a9" + "ffffffff");
  }

  @Test
  void integersAreWrittenAsJavaDoes() {
    List<ResultColumn> columns = List.of(new ResultColumn("a", PgTypes.INT8, -1, 0, 0));
    RowEncoder encoder = new RowEncoder(columns, new short[] {0}, ZoneOffset.UTC);
    for (long value :
        new long[] {
          0,
          9,
          10,
          -1,
          99,
          100,
          Integer.MIN_VALUE,
          999_999_999_999_999_999L,
          1_000_000_000_000_000_000L,
          Long.MAX_VALUE,
          Long.MIN_VALUE
        }) {
      ByteBuf out = Unpooled.buffer();
      encoder.encode(out, new Object[] {value});
      String text = out.toString(11, out.readableBytes() - 11, StandardCharsets.US_ASCII);
      assertThat(text).isEqualTo(Long.toString(value));
      assertThat(out.getInt(7)).isEqualTo(text.length());
      assertThat(out.getInt(1)).isEqualTo(out.readableBytes() - 1);
    }
  }
}
