package io.omendb.state.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds a run's section by its number in about one probe. Immutable. */
final class SectionTable {

  private final @Nullable RunSection[] slots;

  SectionTable(List<RunSection> sections) {
    int size = Integer.highestOneBit(Math.max(1, sections.size())) * 4;
    slots = new RunSection[size];
    for (RunSection section : sections) {
      int slot = first(section.section());
      while (slots[slot] != null) {
        slot = (slot + 1) & (size - 1);
      }
      slots[slot] = section;
    }
  }

  private int first(long section) {
    return (int) ((section * 0x9E3779B97F4A7C15L) >>> 32) & (slots.length - 1);
  }

  @Nullable RunSection find(long section) {
    int slot = first(section);
    while (true) {
      RunSection candidate = slots[slot];
      if (candidate == null || candidate.section() == section) {
        return candidate;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
  }
}
