package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.store.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * List state against a list of the heap per key and namespace, over random operations, snapshots
 * and restores. Keys and namespaces are of variable length, the memtable is small, and elements are
 * now and then larger than a chunk.
 */
class ListStateModelTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final KeyGroupRange LOWER = KeyGroupRange.of(0, 12);
  private static final KeyGroupRange UPPER = KeyGroupRange.of(13, BackendHarness.KEY_GROUPS - 1);
  private static final int KEYS = 12;
  private static final int NAMESPACES = 4;
  private static final int OPERATIONS = 20_000;
  private static final ListStateDescriptor<String> LISTS =
      new ListStateDescriptor<>("lists", StringSerializer.INSTANCE);

  @TempDir Path checkpoints;

  private final Random random = Seeds.random("ListStateModelTest");
  private final Map<Tuple2<String, String>, List<String>> model = new HashMap<>();
  private long checkpointId;

  @Test
  void listsAreWhatTheModelSays() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      AbstractKeyedStateBackend<String> backend = open(harness, ALL, List.of());
      for (int i = 0; i < OPERATIONS; i++) {
        if (random.nextInt(OPERATIONS / 12) == 0) {
          verify(backend);
          backend = reopened(harness, backend);
          verify(backend);
        }
        operate(backend);
      }
      verify(backend);
    }
  }

  private static AbstractKeyedStateBackend<String> open(
      BackendHarness harness, KeyGroupRange keyGroups, List<KeyedStateHandle> handles)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(LearnedOptions.MEMTABLE_SIZE, MemorySize.parse("256 kb"));
    return harness.open(
        new LearnedStateBackend(LearnedOptions.from(configuration)),
        StringSerializer.INSTANCE,
        keyGroups,
        handles);
  }

  private void operate(AbstractKeyedStateBackend<String> backend) throws Exception {
    String key = "key " + random.nextInt(KEYS);
    String namespace = namespace(random.nextInt(NAMESPACES));
    backend.setCurrentKey(key);
    InternalListState<String, String, String> state = lists(backend, namespace);
    Tuple2<String, String> place = Tuple2.of(key, namespace);
    int choice = random.nextInt(100);
    if (choice < 70) {
      String element = element();
      state.add(element);
      model.computeIfAbsent(place, unseen -> new ArrayList<>()).add(element);
    } else if (choice < 80) {
      List<String> elements = elements(random.nextInt(40));
      state.addAll(elements);
      if (!elements.isEmpty()) {
        model.computeIfAbsent(place, unseen -> new ArrayList<>()).addAll(elements);
      }
    } else if (choice < 83) {
      List<String> elements = elements(random.nextInt(200));
      state.update(elements);
      model.put(place, new ArrayList<>(elements));
    } else if (choice < 85) {
      state.clear();
      model.remove(place);
    } else if (choice < 88) {
      List<String> sources =
          IntStream.range(0, NAMESPACES)
              .filter(i -> random.nextInt(3) > 0)
              .mapToObj(ListStateModelTest::namespace)
              .toList();
      state.mergeNamespaces(namespace, sources);
      for (String source : sources) {
        List<String> taken = source.equals(namespace) ? null : model.remove(Tuple2.of(key, source));
        if (taken != null) {
          model.computeIfAbsent(place, unseen -> new ArrayList<>()).addAll(taken);
        }
      }
    } else {
      verify(backend, place);
    }
    if (model.containsKey(place) && model.get(place).isEmpty()) {
      model.remove(place);
    }
  }

  private static String namespace(int i) {
    return "n".repeat(i);
  }

  private String element() {
    int length = random.nextInt(300) == 0 ? random.nextInt(6000) : random.nextInt(60);
    return random.ints(length, 0, 128).mapToObj(Character::toString).collect(Collectors.joining());
  }

  private List<String> elements(int count) {
    return IntStream.range(0, count).mapToObj(i -> element()).toList();
  }

  private AbstractKeyedStateBackend<String> reopened(
      BackendHarness harness, AbstractKeyedStateBackend<String> backend) throws Exception {
    return switch (random.nextInt(4)) {
      case 0 -> backend;
      case 1 -> open(harness, ALL, List.of(snapshot(harness, backend)));
      case 2 -> open(harness, ALL, List.of(canonicalSavepoint(harness, backend)));
      default -> {
        KeyedStateHandle whole = snapshot(harness, backend);
        AbstractKeyedStateBackend<String> lower = open(harness, LOWER, List.of(whole));
        AbstractKeyedStateBackend<String> upper = open(harness, UPPER, List.of(whole));
        verify(lower);
        verify(upper);
        yield open(harness, ALL, List.of(snapshot(harness, lower), snapshot(harness, upper)));
      }
    };
  }

  private KeyedStateHandle snapshot(
      BackendHarness harness, AbstractKeyedStateBackend<String> backend) throws Exception {
    KeyedStateHandle handle =
        harness.snapshot(
            (LearnedKeyedStateBackend<?>) backend, ++checkpointId, CheckpointType.CHECKPOINT);
    backend.dispose();
    return handle;
  }

  /** Writes behind the savepoint's moment before it is read. */
  private KeyedStateHandle canonicalSavepoint(
      BackendHarness harness, AbstractKeyedStateBackend<String> backend) throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
        harness.canonicalSavepoint(backend, ++checkpointId);
    for (Tuple2<String, String> place : model.keySet()) {
      backend.setCurrentKey(place.f0);
      if (random.nextBoolean()) {
        lists(backend, place.f1).addAll(elements(60));
      } else {
        lists(backend, place.f1).update(elements(60));
      }
    }
    savepoint.run();
    backend.dispose();
    return Objects.requireNonNull(savepoint.get().getJobManagerOwnedSnapshot());
  }

  private void verify(AbstractKeyedStateBackend<String> backend) throws Exception {
    List<Tuple2<String, String>> places = new ArrayList<>();
    for (Tuple2<String, String> place : model.keySet()) {
      if (backend
          .getKeyGroupRange()
          .contains(
              KeyGroupRangeAssignment.assignToKeyGroup(place.f0, BackendHarness.KEY_GROUPS))) {
        places.add(place);
        verify(backend, place);
      }
    }
    assertThat(backend.<String>getKeysAndNamespaces(LISTS.getName()))
        .containsExactlyInAnyOrderElementsOf(places);
    assertThat(backend.numKeyValueStateEntries()).isEqualTo(places.size());
  }

  private void verify(AbstractKeyedStateBackend<String> backend, Tuple2<String, String> place)
      throws Exception {
    backend.setCurrentKey(place.f0);
    Iterable<String> actual = lists(backend, place.f1).get();
    List<String> expected = model.get(place);
    if (expected == null) {
      assertThat(actual).isNull();
    } else {
      assertThat(actual).containsExactlyElementsOf(expected);
    }
  }

  @SuppressWarnings("unchecked") // the backend's list state is Flink's internal one
  private static InternalListState<String, String, String> lists(
      AbstractKeyedStateBackend<String> backend, String namespace) throws Exception {
    return (InternalListState<String, String, String>)
        backend.getPartitionedState(namespace, StringSerializer.INSTANCE, LISTS);
  }
}
