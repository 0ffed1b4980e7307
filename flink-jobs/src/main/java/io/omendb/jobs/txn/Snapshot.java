package io.omendb.jobs.txn;

import io.omendb.jobs.log.LogState.TableLake;
import io.omendb.jobs.table.CatalogState;
import java.util.Map;

/** What is durable at one CSN, apart from rows. Immutable. */
record Snapshot(long csn, CatalogState catalog, Map<Integer, TableLake> lake) {}
