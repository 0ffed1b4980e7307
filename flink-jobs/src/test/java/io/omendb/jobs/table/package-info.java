@NullMarked
package io.omendb.jobs.table;

import org.jspecify.annotations.NullMarked;
