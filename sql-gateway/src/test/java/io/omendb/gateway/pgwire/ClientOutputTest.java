package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryShare;
import org.junit.jupiter.api.Test;

class ClientOutputTest {
  private static final int ROW_BYTES = 500_000;

  private final MemoryShare share = new MemoryShare("results", "", 800_000);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ClientOutput output = new ClientOutput(channel, new Object(), share);

  private void row(ClientOutput into, int bytes) {
    ByteBuf buffer = into.buffer();
    int start = buffer.writerIndex();
    buffer.writeZero(bytes);
    into.settle(start);
  }

  @Test
  void usualRowsTakeNothing() {
    row(output, 100_000);
    assertThat(share.usedBytes()).isZero();
    output.flush();
    channel.releaseOutbound();
  }

  @Test
  void aLargeRowTakesMemoryUntilItIsSent() {
    row(output, ROW_BYTES);
    assertThat(share.usedBytes()).isEqualTo(ROW_BYTES);
    output.flush();
    assertThat(share.usedBytes()).isZero();
    channel.releaseOutbound();
    row(output, ROW_BYTES);
    output.discard();
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void withoutMemoryTheRowIsTakenBackAndNothingElse() {
    ClientOutput other = new ClientOutput(channel, new Object(), share);
    row(other, ROW_BYTES);
    output.buffer().writeBytes(new byte[] {1, 2, 3});
    assertThatThrownBy(() -> row(output, ROW_BYTES))
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY));
    assertThat(output.buffer().readableBytes()).isEqualTo(3);
    assertThat(output.buffer().capacity()).isLessThan(2_000);
    assertThat(share.usedBytes()).isEqualTo(ROW_BYTES);
    other.discard();
    row(output, ROW_BYTES);
    output.discard();
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void aLostConnectionGivesAllBack() {
    row(output, ROW_BYTES);
    channel.close().syncUninterruptibly();
    output.flush();
    assertThat(share.usedBytes()).isZero();
  }
}
