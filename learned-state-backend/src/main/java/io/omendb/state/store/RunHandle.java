package io.omendb.state.store;

/**
 * How a view sees a run file: clipped to a range of key groups, and without keyspaces that were
 * dropped after it was written.
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
