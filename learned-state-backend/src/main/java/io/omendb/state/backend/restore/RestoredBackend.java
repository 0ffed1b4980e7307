package io.omendb.state.backend.restore;

import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.store.LearnedStore;

/**
 * A store filled from state handles.
 *
 * @param keyForm in which form the keys of all states are stored
 * @param firstSequence greater than the version of every ordinary entry in the store
 */
public record RestoredBackend(
    LearnedStore store, StateCatalog catalog, long firstSequence, String keyForm) {}
