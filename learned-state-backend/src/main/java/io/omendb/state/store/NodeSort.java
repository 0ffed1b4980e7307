package io.omendb.state.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;

/**
 * Sorts memtable nodes that were kept without order. Comparing keys where they lie costs a cache
 * line each, so the 8 bytes in which they first differ are fetched once and compared instead; whole
 * keys decide only where those are equal. O(n log n) per section.
 */
final class NodeSort {

  private static final int INSERTION_MAX = 12;

  private NodeSort() {}

  /** Eight bytes of a node's key from a position on, as a number in their order. */
  interface Feature {
    long of(int node, int position);
  }

  interface Order {
    int compare(int a, int b);
  }

  /** The nodes of a chain by section. */
  static NavigableMap<Long, int[]> groups(
      int last, IntUnaryOperator next, IntToLongFunction sectionOf) {
    Map<Long, Group> groups = new HashMap<>();
    Group group = new Group(-1);
    for (int node = last; node != 0; node = next.applyAsInt(node)) {
      long section = sectionOf.applyAsLong(node);
      if (group.section != section) {
        group = groups.computeIfAbsent(section, Group::new);
      }
      group.add(node);
    }
    NavigableMap<Long, int[]> sorted = new TreeMap<>();
    groups.forEach((section, found) -> sorted.put(section, found.trimmed()));
    return sorted;
  }

  private static final class Group {
    private final long section;
    private int[] nodes = new int[64];
    private int count;

    Group(long section) {
      this.section = section;
    }

    void add(int node) {
      if (count == nodes.length) {
        nodes = Arrays.copyOf(nodes, 2 * count);
      }
      nodes[count++] = node;
    }

    int[] trimmed() {
      return Arrays.copyOf(nodes, count);
    }
  }

  /** Sorts the nodes of one section. */
  static void sort(int[] nodes, Feature feature, Order order) {
    int position = firstDifference(nodes, feature);
    long[] features = new long[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      features[i] = feature.of(nodes[i], position);
    }
    new Sorting(nodes, features, order).sort(0, nodes.length);
  }

  /** A position, in steps of 8, before which all keys are equal. */
  private static int firstDifference(int[] nodes, Feature feature) {
    int position = 0;
    for (; nodes.length > 1; position += Long.BYTES) {
      long first = feature.of(nodes[0], position);
      for (int i = 1; i < nodes.length; i++) {
        if (feature.of(nodes[i], position) != first) {
          return position;
        }
      }
      if (first == Long.MIN_VALUE) {
        // Zeros, or the ends of all keys.
        return position;
      }
    }
    return position;
  }

  /** Merge sort of nodes and their features together. */
  private static final class Sorting {
    private final int[] nodes;
    private final long[] features;
    private final int[] nodesAside;
    private final long[] featuresAside;
    private final Order order;

    Sorting(int[] nodes, long[] features, Order order) {
      this.nodes = nodes;
      this.features = features;
      this.nodesAside = new int[(nodes.length + 1) / 2];
      this.featuresAside = new long[(nodes.length + 1) / 2];
      this.order = order;
    }

    void sort(int from, int to) {
      if (to - from <= INSERTION_MAX) {
        insertionSort(from, to);
        return;
      }
      int middle = (from + to) >>> 1;
      sort(from, middle);
      sort(middle, to);
      merge(from, middle, to);
    }

    private boolean isBefore(int nodeA, long featureA, int nodeB, long featureB) {
      return featureA != featureB ? featureA < featureB : order.compare(nodeA, nodeB) < 0;
    }

    private void insertionSort(int from, int to) {
      for (int i = from + 1; i < to; i++) {
        int node = nodes[i];
        long feature = features[i];
        int j = i;
        for (; j > from && isBefore(node, feature, nodes[j - 1], features[j - 1]); j--) {
          nodes[j] = nodes[j - 1];
          features[j] = features[j - 1];
        }
        nodes[j] = node;
        features[j] = feature;
      }
    }

    private void merge(int from, int middle, int to) {
      int leftCount = middle - from;
      System.arraycopy(nodes, from, nodesAside, 0, leftCount);
      System.arraycopy(features, from, featuresAside, 0, leftCount);
      int left = 0;
      int right = middle;
      for (int target = from; left < leftCount; target++) {
        boolean takeRight =
            right < to
                && isBefore(nodes[right], features[right], nodesAside[left], featuresAside[left]);
        nodes[target] = takeRight ? nodes[right] : nodesAside[left];
        features[target] = takeRight ? features[right++] : featuresAside[left++];
      }
    }
  }
}
