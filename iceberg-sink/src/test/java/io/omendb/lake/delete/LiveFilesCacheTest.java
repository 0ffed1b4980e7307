package io.omendb.lake.delete;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.PartitionSpec;
import org.junit.jupiter.api.Test;

class LiveFilesCacheTest {
  private static LiveFiles files(int count) {
    List<DataFile> added = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      added.add(
          DataFiles.builder(PartitionSpec.unpartitioned())
              .withPath("file-" + i + ".parquet")
              .withFileSizeInBytes(1)
              .withRecordCount(1)
              .build());
    }
    LiveFiles live = LiveFiles.none();
    live.advance(1, added, PositionalDeletes.Change.NONE);
    return live;
  }

  @Test
  void whatWasLeftLongestAgoGoesWhenFilesAreTooMany() {
    LiveFilesCache cache = new LiveFilesCache(10);
    UUID[] tables = {UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID()};
    cache.keep(tables[0], files(4));
    cache.keep(tables[1], files(4));
    LiveFiles first = cache.take(tables[0]);
    assertThat(first).isNotNull();
    assertThat(cache.take(tables[0])).isNull();
    cache.keep(tables[0], files(6));
    cache.keep(tables[2], files(1));
    assertThat(cache.take(tables[1])).isNull();
    assertThat(cache.take(tables[0])).isNotNull();
    assertThat(cache.take(tables[2])).isNotNull();
    cache.keep(tables[0], files(11));
    assertThat(cache.take(tables[0])).isNull();
    cache.keep(tables[1], files(10));
    cache.forget(tables[1]);
    assertThat(cache.take(tables[1])).isNull();
  }
}
