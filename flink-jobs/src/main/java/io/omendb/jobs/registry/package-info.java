/**
 * What one process keeps in statics for others of its parts to find, all of it. Depends on nothing.
 */
@NullMarked
package io.omendb.jobs.registry;

import org.jspecify.annotations.NullMarked;
