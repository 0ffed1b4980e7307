package io.omendb.gateway.olap;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;

/**
 * The one sink task of a query: copies rows, batches them, and hands them to the {@link
 * ResultChannel} of the query that its job runs for.
 */
final class ResultSink implements Sink<RowData> {
  private static final long serialVersionUID = 1L;

  private final RowType rowType;

  ResultSink(RowType rowType) {
    this.rowType = rowType;
  }

  @Override
  public SinkWriter<RowData> createWriter(WriterInitContext context) {
    return new Writer(
        RunningQueries.find(context.getJobInfo().getJobId()).results(),
        new RowDataSerializer(rowType));
  }

  private static final class Writer implements SinkWriter<RowData> {
    private final ResultChannel channel;
    private final RowDataSerializer serializer;
    private RowData[] batch = new RowData[ResultChannel.BATCH_ROWS];
    private int count;

    Writer(ResultChannel channel, RowDataSerializer serializer) {
      this.channel = channel;
      this.serializer = serializer;
    }

    @Override
    public void write(RowData row, Context context) throws InterruptedException {
      batch[count++] = serializer.copy(row);
      if (count == batch.length) {
        handOver();
      }
    }

    @Override
    public void flush(boolean endOfInput) throws InterruptedException {
      handOver();
      if (endOfInput) {
        channel.end();
      }
    }

    private void handOver() throws InterruptedException {
      if (count == 0) {
        return;
      }
      RowData[] rows = batch;
      if (count < batch.length) {
        rows = java.util.Arrays.copyOf(batch, count);
      }
      channel.put(rows);
      batch = new RowData[ResultChannel.BATCH_ROWS];
      count = 0;
    }

    @Override
    public void close() {}
  }
}
