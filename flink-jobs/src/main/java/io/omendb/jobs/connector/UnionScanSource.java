package io.omendb.jobs.connector;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.data.RowData;

/**
 * A leased table as a bounded source: the lake's files and the shards' deltas, handed out one by
 * one to whoever asks.
 */
public final class UnionScanSource
    implements Source<RowData, UnionSplit, List<UnionSplit>>, ResultTypeQueryable<RowData> {
  private static final long serialVersionUID = 1L;

  private final int tableId;
  private final int[] fields;
  private final long limit;
  private final TypeInformation<RowData> producedType;

  /**
   * @param fields columns of the table to read, in output order
   * @param limit rows that each reader gives at most
   */
  public UnionScanSource(
      int tableId, int[] fields, long limit, TypeInformation<RowData> producedType) {
    this.tableId = tableId;
    this.fields = fields.clone();
    this.limit = limit;
    this.producedType = producedType;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<RowData, UnionSplit> createReader(SourceReaderContext context) {
    return new UnionScanReader(context, JobLease.of(context.metricGroup()), tableId, fields, limit);
  }

  @Override
  public SplitEnumerator<UnionSplit, List<UnionSplit>> createEnumerator(
      SplitEnumeratorContext<UnionSplit> context) {
    return UnionScanEnumerator.over(context, JobLease.of(context.metricGroup()).table(tableId));
  }

  @Override
  public SplitEnumerator<UnionSplit, List<UnionSplit>> restoreEnumerator(
      SplitEnumeratorContext<UnionSplit> context, List<UnionSplit> remaining) {
    return new UnionScanEnumerator(context, remaining);
  }

  @Override
  public SimpleVersionedSerializer<UnionSplit> getSplitSerializer() {
    return new UnionSplit.Serializer();
  }

  @Override
  public SimpleVersionedSerializer<List<UnionSplit>> getEnumeratorCheckpointSerializer() {
    return new SplitListSerializer();
  }

  @Override
  public TypeInformation<RowData> getProducedType() {
    return producedType;
  }

  /** Int n, n × (int bytes, split). */
  private static final class SplitListSerializer
      implements SimpleVersionedSerializer<List<UnionSplit>> {
    private final UnionSplit.Serializer splits = new UnionSplit.Serializer();

    @Override
    public int getVersion() {
      return splits.getVersion();
    }

    @Override
    public byte[] serialize(List<UnionSplit> list) throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(1 << 10);
      out.writeInt(list.size());
      for (UnionSplit split : list) {
        byte[] bytes = splits.serialize(split);
        out.writeInt(bytes.length);
        out.write(bytes);
      }
      return out.getCopyOfBuffer();
    }

    @Override
    public List<UnionSplit> deserialize(int version, byte[] bytes) throws IOException {
      DataInputDeserializer in = new DataInputDeserializer(bytes);
      int count = in.readInt();
      List<UnionSplit> list = new java.util.ArrayList<>();
      for (int i = 0; i < count; i++) {
        int length = in.readInt();
        if (length < 0 || length > bytes.length) {
          throw new IOException("split of %d bytes in %d".formatted(length, bytes.length));
        }
        byte[] split = new byte[length];
        in.readFully(split);
        list.add(splits.deserialize(version, split));
      }
      return list;
    }
  }
}
