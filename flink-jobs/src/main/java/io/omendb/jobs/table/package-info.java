/** Tables: schemas, key and row encodings, and the operator that applies commits to table state. */
@NullMarked
package io.omendb.jobs.table;

import org.jspecify.annotations.NullMarked;
