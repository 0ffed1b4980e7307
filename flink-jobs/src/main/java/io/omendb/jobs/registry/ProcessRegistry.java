package io.omendb.jobs.registry;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Live objects of one kind that other parts of the process find by name or id. There is one
 * registry of each {@link Content}, which says how long its objects stay. Whoever puts one in takes
 * it out. Thread-safe, nothing blocks.
 */
public final class ProcessRegistry<K, V> {
  private static final Map<Content, ProcessRegistry<?, ?>> ALL = new EnumMap<>(Content.class);

  private final Content content;
  private final Map<K, V> entries = new ConcurrentHashMap<>();

  private ProcessRegistry(Content content) {
    this.content = content;
  }

  /** The registry of that content, to be kept in a static by the class that answers for it. */
  public static <K, V> ProcessRegistry<K, V> of(Content content) {
    ProcessRegistry<K, V> registry = new ProcessRegistry<>(content);
    synchronized (ALL) {
      if (ALL.putIfAbsent(content, registry) != null) {
        throw new IllegalStateException("there is a registry of " + content + " already");
      }
    }
    return registry;
  }

  /** What is in all registries now, as text: content to keys. Empty ones are left out. */
  public static Map<Content, List<String>> leftovers() {
    Map<Content, List<String>> leftovers = new TreeMap<>();
    synchronized (ALL) {
      ALL.forEach(
          (content, registry) -> {
            List<String> keys = registry.entries.keySet().stream().map(String::valueOf).toList();
            if (!keys.isEmpty()) {
              leftovers.put(content, keys);
            }
          });
    }
    return leftovers;
  }

  /** Puts an object in; {@link IllegalStateException} if there is one by that key. */
  public void add(K key, V value) {
    if (entries.putIfAbsent(key, value) != null) {
      throw new IllegalStateException("%s has %s already".formatted(content, key));
    }
  }

  /** Puts an object in, in the place of another that may be there. */
  public void replace(K key, V value) {
    entries.put(key, value);
  }

  /** The object by that key, made where there is none. */
  public V getOrAdd(K key, Function<K, V> make) {
    return entries.computeIfAbsent(key, make);
  }

  public @Nullable V get(K key) {
    return entries.get(key);
  }

  /** All objects; a view that may be iterated while they come and go. */
  public Collection<V> values() {
    return entries.values();
  }

  /** Takes an object out, if it is still there and not another; returns whether it was. */
  public boolean remove(K key, V value) {
    return entries.remove(key, value);
  }

  /** Takes out whatever is there by that key, and returns it. */
  public @Nullable V remove(K key) {
    return entries.remove(key);
  }

  /** Takes an object out wherever it is. */
  public void removeAll(V value) {
    entries.values().removeIf(entry -> entry.equals(value));
  }
}
