package io.omendb.gateway.olap;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.RowSource;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** A running query's rows as datums. Closing it ends the query. */
final class FlinkResult implements RowSource {
  private final ResultChannel channel;
  private final List<Carried> types;
  private final CancelToken cancel;
  private final Runnable onClose;

  private RowData[] rows = new RowData[0];
  private int position;
  private boolean ended;
  private boolean closed;

  FlinkResult(ResultChannel channel, List<Carried> types, CancelToken cancel, Runnable onClose) {
    this.channel = channel;
    this.types = types;
    this.cancel = cancel;
    this.onClose = onClose;
  }

  @Override
  public @Nullable Object @Nullable [] next() {
    while (position == rows.length) {
      if (ended) {
        return null;
      }
      RowData @Nullable [] more = take();
      if (more == null) {
        ended = true;
        return null;
      }
      rows = more;
      position = 0;
    }
    return datums(rows[position++]);
  }

  private RowData @Nullable [] take() {
    try {
      return channel.take(cancel::check);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancel.error();
    } catch (ResultChannel.JobFailedException e) {
      throw JobFailures.toUser(e);
    }
  }

  private @Nullable Object[] datums(RowData row) {
    @Nullable Object[] datums = new Object[types.size()];
    for (int i = 0; i < datums.length; i++) {
      Carried type = types.get(i);
      datums[i] = row.isNullAt(i) ? null : type.datum(row, i);
    }
    return datums;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      channel.close();
      onClose.run();
    }
  }
}
