/**
 * Writing a share of a cut: data files with counted positions, former locations to delete, and the
 * location file's format.
 */
@NullMarked
package io.omendb.lake.write;

import org.jspecify.annotations.NullMarked;
