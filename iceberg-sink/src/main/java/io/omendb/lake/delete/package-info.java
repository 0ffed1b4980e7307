/**
 * Positional deletes: the live files of a snapshot with their deletes, and writing what replaces
 * these. Never an equality delete.
 */
@NullMarked
package io.omendb.lake.delete;

import org.jspecify.annotations.NullMarked;
