/** Tests of the runtime job on a MiniCluster over real logs, stores and lakes. */
@NullMarked
package io.omendb.jobs.runtime;

import org.jspecify.annotations.NullMarked;
