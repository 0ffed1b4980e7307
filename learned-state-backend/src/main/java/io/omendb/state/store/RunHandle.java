package io.omendb.state.store;

import java.util.ArrayList;
import java.util.List;

/**
 * How a view sees a run file: clipped to a range of key groups, and without keyspaces that were
 * dropped after it was written. A view may hold several handles of one file, with different clips.
 */
record RunHandle(RunFile file, int firstKeyGroup, int lastKeyGroup, KeyspaceSet hidden) {

  static RunHandle whole(RunFile file, KeyspaceSet hidden) {
    return new RunHandle(file, 0, Integer.MAX_VALUE, hidden);
  }

  boolean shows(long section) {
    int keyGroup = Section.keyGroup(section);
    return keyGroup >= firstKeyGroup
        && keyGroup <= lastKeyGroup
        && !hidden.contains(Section.keyspace(section));
  }

  boolean showsAnything() {
    for (RunSection section : file.sections()) {
      if (shows(section.section())) {
        return true;
      }
    }
    return false;
  }

  /** The lowest key group that is in the clip and may be in the file. */
  int first() {
    return Math.max(firstKeyGroup, file.firstKeyGroup());
  }

  /** The highest key group that is in the clip and may be in the file; may be below the first. */
  int last() {
    return Math.min(lastKeyGroup, file.lastKeyGroup());
  }

  boolean overlaps(int firstGroup, int lastGroup) {
    return Math.max(first(), firstGroup) <= Math.min(last(), lastGroup);
  }

  /** Bytes of data blocks in the clip. */
  long bytes() {
    return bytes(0, Integer.MAX_VALUE);
  }

  /** Bytes of data blocks in the clip and in a range of key groups. */
  long bytes(int firstGroup, int lastGroup) {
    return file.dataBytes(Math.max(firstKeyGroup, firstGroup), Math.min(lastKeyGroup, lastGroup));
  }

  /** What is left of this outside of a range of key groups: none, one or two handles. */
  List<RunHandle> without(int firstGroup, int lastGroup) {
    List<RunHandle> rest = new ArrayList<>(2);
    if (firstGroup > 0) {
      addIfAny(
          rest, new RunHandle(file, firstKeyGroup, Math.min(lastKeyGroup, firstGroup - 1), hidden));
    }
    if (lastGroup < Integer.MAX_VALUE) {
      addIfAny(
          rest, new RunHandle(file, Math.max(firstKeyGroup, lastGroup + 1), lastKeyGroup, hidden));
    }
    return rest;
  }

  private static void addIfAny(List<RunHandle> handles, RunHandle handle) {
    if (handle.first() <= handle.last() && handle.showsAnything()) {
      handles.add(handle);
    }
  }

  /** This handle after its keyspace was dropped; the same if the file has none of it. */
  RunHandle hiding(int keyspace) {
    for (RunSection section : file.sections()) {
      if (Section.keyspace(section.section()) == keyspace) {
        return new RunHandle(file, firstKeyGroup, lastKeyGroup, hidden.with(keyspace));
      }
    }
    return this;
  }

  /** Whether both are the same place in the view, whatever was hidden meanwhile. */
  boolean isSamePlace(RunHandle other) {
    return file == other.file && firstKeyGroup == other.firstKeyGroup;
  }
}
