/**
 * The lake: tables of an Iceberg catalog that are brought from one commit sequence number to the
 * next by data files and positional deletes. Knows rows as Flink's {@code RowData} and keys as
 * opaque bytes; knows no SQL and no engine.
 */
@NullMarked
package io.omendb.lake;

import org.jspecify.annotations.NullMarked;
