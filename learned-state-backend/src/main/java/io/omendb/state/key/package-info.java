/**
 * Order-preserving ("memcomparable") bytes for the types of keys. Depends on Flink's type
 * serializers only; knows neither states nor the store.
 */
@NullMarked
package io.omendb.state.key;

import org.jspecify.annotations.NullMarked;
