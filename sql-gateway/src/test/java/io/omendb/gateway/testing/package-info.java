/** What several test classes of this module share. */
@NullMarked
package io.omendb.gateway.testing;

import org.jspecify.annotations.NullMarked;
