@NullMarked
package io.omendb.jobs.memory;

import org.jspecify.annotations.NullMarked;
