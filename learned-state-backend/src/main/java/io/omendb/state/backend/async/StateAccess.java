package io.omendb.state.backend.async;

import org.jspecify.annotations.Nullable;

/**
 * What a request of State V2 does to the synchronous state beneath, once its key and namespace are
 * selected. Task thread.
 *
 * @param <S> type of the synchronous state
 * @param <R> type of what the request's future completes with
 */
@FunctionalInterface
interface StateAccess<S, R> {

  @Nullable R on(S state) throws Exception;
}
