/**
 * The process's memory: one budget of the heap, in shares for statements, transactions, results,
 * connections and the lake. Depends on nothing but the errors; everybody may depend on it.
 */
@NullMarked
package io.omendb.jobs.memory;

import org.jspecify.annotations.NullMarked;
