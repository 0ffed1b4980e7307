package io.omendb.state.store;

import java.nio.file.Path;
import java.util.Map;

/**
 * One checkpoint image from which a store is restored, clipped to the key groups [{@code
 * firstKeyGroup}, {@code lastKeyGroup}]. The images of one restore have disjoint key groups.
 *
 * @param manifest the bytes of {@link StoreCheckpoint#manifest()}
 * @param filesByName where each run file of the image is now, by its original file name
 * @param firstKeyGroup first key group to keep, inclusive
 * @param lastKeyGroup last key group to keep, inclusive
 */
public record RestoredImage(
    byte[] manifest, Map<String, Path> filesByName, int firstKeyGroup, int lastKeyGroup) {

  public RestoredImage {
    if (firstKeyGroup < 0 || lastKeyGroup < firstKeyGroup) {
      throw new IllegalArgumentException(
          "expected a key-group range, got [" + firstKeyGroup + ", " + lastKeyGroup + "]");
    }
    filesByName = Map.copyOf(filesByName);
  }
}
