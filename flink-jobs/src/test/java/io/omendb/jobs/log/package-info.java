@NullMarked
package io.omendb.jobs.log;

import org.jspecify.annotations.NullMarked;
