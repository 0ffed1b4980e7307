/** Tests of the SQL front end. */
@NullMarked
package io.omendb.gateway.sql;

import org.jspecify.annotations.NullMarked;
