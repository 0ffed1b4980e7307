/**
 * pg_catalog, information_schema and omendb: system tables whose rows are made from the catalog
 * that a statement sees, so that clients' own queries on them just run. Depends on {@code sql},
 * {@code oltp} and {@code types}.
 */
@NullMarked
package io.omendb.gateway.pgcatalog;

import org.jspecify.annotations.NullMarked;
