/** The runtime job and what it serves. Errors that reach users are defined here. */
@NullMarked
package io.omendb.jobs;

import org.jspecify.annotations.NullMarked;
