/**
 * The lake over an Iceberg catalog: the way in. Puts together writing, committing, scanning and
 * maintenance; nothing in this module depends on it.
 */
@NullMarked
package io.omendb.lake.catalog;

import org.jspecify.annotations.NullMarked;
