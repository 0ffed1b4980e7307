/** The commit log: records, their encoding, and the file implementation. */
@NullMarked
package io.omendb.jobs.log;

import org.jspecify.annotations.NullMarked;
