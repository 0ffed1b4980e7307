package io.omendb.state.backend.form;

/** A live entry as it lies in the store. */
public record StoredEntry(byte[] key, byte[] value) {}
