/**
 * The SQL front end as its users see it: text to validated relational plans, one for both routes.
 * {@code parser} and {@code bind} do the work over the vocabulary of {@code statement}.
 */
@NullMarked
package io.omendb.gateway.sql;

import org.jspecify.annotations.NullMarked;
