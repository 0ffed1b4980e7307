/**
 * PostgreSQL's types: one class each, with their text, binary and storage forms. Depends on
 * jobs.table only.
 */
@NullMarked
package io.omendb.gateway.types;

import org.jspecify.annotations.NullMarked;
