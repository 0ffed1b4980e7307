@NullMarked
package io.omendb.jobs.recovery;

import org.jspecify.annotations.NullMarked;
