/** How messages travel between the operators of a job. Depends on nothing here. */
@NullMarked
package io.omendb.jobs.message;

import org.jspecify.annotations.NullMarked;
