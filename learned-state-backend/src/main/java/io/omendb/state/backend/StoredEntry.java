package io.omendb.state.backend;

/** A live entry as it lies in the store. */
record StoredEntry(byte[] key, byte[] value) {}
