/**
 * The versioned, learned store: memtable, immutable runs, manifest, compaction and lock-free
 * readers. Knows nothing of Flink's state API; depends on {@code io.omendb.state.model} only.
 */
@NullMarked
package io.omendb.state.store;

import org.jspecify.annotations.NullMarked;
