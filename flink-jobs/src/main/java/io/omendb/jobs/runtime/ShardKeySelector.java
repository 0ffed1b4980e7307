package io.omendb.jobs.runtime;

import io.omendb.jobs.table.Sharding;
import org.apache.flink.api.java.functions.KeySelector;

/** Shard to the Flink key that hashes to the key group of the same number. */
final class ShardKeySelector implements KeySelector<ShardMessage, Integer> {
  private static final long serialVersionUID = 1L;

  private final int[] keys;

  ShardKeySelector(int shardCount) {
    keys = Sharding.flinkKeys(shardCount);
  }

  @Override
  public Integer getKey(ShardMessage message) {
    return keys[message.shard()];
  }
}
