/**
 * Reading one snapshot: files with their deletes, and their rows in column batches with positions
 * that a mask can skip.
 */
@NullMarked
package io.omendb.lake.scan;

import org.jspecify.annotations.NullMarked;
