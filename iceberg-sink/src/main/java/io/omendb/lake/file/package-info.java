/** Local files as Iceberg sees them, made durable. */
@NullMarked
package io.omendb.lake.file;

import org.jspecify.annotations.NullMarked;
