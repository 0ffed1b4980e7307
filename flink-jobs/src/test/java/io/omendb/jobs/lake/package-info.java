@NullMarked
package io.omendb.jobs.lake;

import org.jspecify.annotations.NullMarked;
