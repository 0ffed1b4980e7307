package io.omendb.state.backend;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyNamespaceForm;
import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.RegisteredState;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.backend.memory.ManagedMemory;
import io.omendb.state.backend.metric.StoreGauges;
import io.omendb.state.backend.restore.RestoreCounts;
import io.omendb.state.backend.snapshot.CanonicalSnapshot;
import io.omendb.state.backend.snapshot.CanonicalTransforms;
import io.omendb.state.backend.snapshot.IncrementalSnapshotStrategy;
import io.omendb.state.backend.snapshot.LocalCopies;
import io.omendb.state.backend.snapshot.SnapshotVersions;
import io.omendb.state.backend.state.AbstractLearnedState;
import io.omendb.state.backend.state.KeyNamespaceIterator;
import io.omendb.state.backend.state.LearnedAggregatingState;
import io.omendb.state.backend.state.LearnedListState;
import io.omendb.state.backend.state.LearnedMapState;
import io.omendb.state.backend.state.LearnedReducingState;
import io.omendb.state.backend.state.LearnedValueState;
import io.omendb.state.backend.state.OrderedMapState;
import io.omendb.state.backend.state.StateContext;
import io.omendb.state.backend.state.StateMigration;
import io.omendb.state.backend.table.ReadGate;
import io.omendb.state.backend.table.StoreTableState;
import io.omendb.state.backend.table.TableState;
import io.omendb.state.backend.timer.TimerQueues;
import io.omendb.state.backend.ttl.CompactionTtl;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.RunnableFuture;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.SavepointResources;
import org.apache.flink.runtime.state.SnapshotExecutionType;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategyRunner;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.util.FileUtils;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.ResourceGuard;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keyed state over a learned store.
 *
 * <p>Everything runs on the task thread, except the asynchronous parts of snapshots and {@link
 * TableState#reader()}. The backend owns the store and its working directory; {@link #dispose()}
 * waits for snapshot threads and readers that are inside the store, closes it and deletes the
 * directory.
 *
 * @param <K> type of the keys
 */
public final class LearnedKeyedStateBackend<K> extends AbstractKeyedStateBackend<K>
    implements TableStateBackend, OrderedStateBackend {

  private static final Logger LOG = LoggerFactory.getLogger(LearnedKeyedStateBackend.class);

  private final StateContext<K> context;
  private final StateCatalog catalog;
  private final Path directory;
  private final @Nullable ManagedMemory memory;
  private final ResourceGuard storeGuard = new ResourceGuard();
  private final ReadGate readGate = new ReadGate("The state backend has been disposed");
  private final SnapshotVersions savepointVersions = new SnapshotVersions();
  private final IncrementalSnapshotStrategy<K> snapshotStrategy;
  private final RestoreCounts restoreCounts;
  private final StoreTableState tableState;
  private final Map<String, AbstractLearnedState<K, ?, ?>> createdStates = new HashMap<>();
  private final TimerQueues timerQueues;
  private final CompactionTtl compactionTtl;
  private boolean disposed;

  LearnedKeyedStateBackend(LearnedKeyedStateBackendBuilder.Parts<K> parts) {
    super(
        parts.kvStateRegistry(),
        parts.keySerializer(),
        parts.userCodeClassLoader(),
        parts.executionConfig(),
        parts.ttlTimeProvider(),
        parts.latencyTracking(),
        parts.sizeTracking(),
        parts.cancelStreamRegistry(),
        parts.compression(),
        parts.keyContext());
    this.directory = parts.directory();
    this.memory = parts.memory();
    this.catalog = parts.restored().catalog();
    this.context =
        new StateContext<>(
            parts.restored().store(),
            keyContext,
            KeyPart.of(keySerializer, parts.restored().keyForm()),
            parts.restored().firstSequence());
    this.compactionTtl = new CompactionTtl(context.store(), ttlTimeProvider);
    for (RegisteredState state : catalog.states()) {
      context.defineForms(state.keyspace(), state.forms());
    }
    this.timerQueues =
        new TimerQueues(
            context, catalog, parts.options().timerService(), parts.options().timerCacheSize());
    this.tableState = new StoreTableState(context.store(), keyGroupRange, readGate);
    this.snapshotStrategy =
        new IncrementalSnapshotStrategy<>(
            parts.backendId(),
            context,
            catalog,
            savepointVersions,
            keySerializer,
            parts.uploadedRuns(),
            new LocalCopies(parts.localRecovery(), parts.backendId(), keyGroupRange),
            storeGuard);
    this.restoreCounts = parts.restoreCounts();
  }

  @Override
  public void setCurrentKey(K newKey) {
    super.setCurrentKey(newKey);
    context.keySelected();
  }

  @Override
  public void setCurrentKeyAndKeyGroup(K newKey, int newKeyGroupIndex) {
    super.setCurrentKeyAndKeyGroup(newKey, newKeyGroupIndex);
    context.keySelected();
  }

  // ---------------------------------------------------------------- states

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // Flink's signature
  public <N, SV, SEV, S extends State, IS extends S> IS createOrUpdateInternalState(
      TypeSerializer<N> namespaceSerializer,
      StateDescriptor<S, SV> descriptor,
      StateSnapshotTransformFactory<SEV> transforms)
      throws Exception {
    return createOrUpdateInternalState(namespaceSerializer, descriptor, transforms, false);
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature
  public <N, SV, SEV, S extends State, IS extends S> IS createOrUpdateInternalState(
      TypeSerializer<N> namespaceSerializer,
      StateDescriptor<S, SV> descriptor,
      StateSnapshotTransformFactory<SEV> transforms,
      boolean allowFutureMetadataUpdates)
      throws Exception {
    RegisteredState registered =
        registerKeyValue(namespaceSerializer, descriptor, allowFutureMetadataUpdates);
    RegisteredKeyValueStateBackendMetaInfo<N, SV> metaInfo =
        (RegisteredKeyValueStateBackendMetaInfo<N, SV>) registered.metaInfo();
    metaInfo.updateSnapshotTransformFactory(
        CanonicalTransforms.ofState(descriptor, transforms, metaInfo.getStateSerializer()));
    AbstractLearnedState<K, N, SV> state =
        (AbstractLearnedState<K, N, SV>) createdStates.get(descriptor.getName());
    if (state == null) {
      context.store().readByKey(registered.keyspace());
      state = newState(descriptor, registered.keyspace(), metaInfo);
      createdStates.put(descriptor.getName(), state);
    }
    state.configure(descriptor, metaInfo);
    compactionTtl.registered(descriptor, registered.keyspace(), metaInfo.getStateSerializer());
    return (IS) state;
  }

  @SuppressWarnings("unchecked") // a name keeps its types; checkStateMetaInfo refuses others
  private <N, SV> RegisteredState registerKeyValue(
      TypeSerializer<N> namespaceSerializer,
      StateDescriptor<?, SV> descriptor,
      boolean allowFutureMetadataUpdates)
      throws StateMigrationException {
    StateId id = StateId.keyValue(descriptor.getName());
    RegisteredState registered = catalog.find(id);
    RegisteredKeyValueStateBackendMetaInfo<N, SV> metaInfo;
    if (registered == null) {
      metaInfo =
          new RegisteredKeyValueStateBackendMetaInfo<>(
              descriptor.getType(),
              descriptor.getName(),
              namespaceSerializer,
              descriptor.getSerializer(),
              StateSnapshotTransformFactory.noTransform());
      registered =
          catalog.define(
              catalog.register(id, metaInfo), StoredForms.of(context.keyPart(), metaInfo));
      context.defineForms(registered.keyspace(), registered.forms());
    } else {
      metaInfo = (RegisteredKeyValueStateBackendMetaInfo<N, SV>) registered.metaInfo();
      int keyspace = registered.keyspace();
      RegisteredKeyValueStateBackendMetaInfo<N, SV> restored = metaInfo;
      RegisteredState former = registered;
      StateMigration.update(
          restored,
          context.keyPart(),
          registered.forms(),
          (keys, forms) -> {
            LOG.info("Rewriting the keys of state {}: their serializer is new.", descriptor);
            for (int part : former.keyspaces()) {
              StateMigration.rewriteKeys(context, part, keys);
            }
            catalog.define(former, forms);
            context.defineForms(keyspace, forms);
          },
          descriptor,
          namespaceSerializer,
          (formerValues, presentValues) -> {
            LOG.info("Rewriting the values of state {} with a new serializer.", descriptor);
            compactionTtl.beforeRewrite(keyspace, context.sequence());
            StateMigration.rewriteValues(
                newState(descriptor, keyspace, restored),
                formerValues,
                presentValues,
                ttlTimeProvider);
          });
      registered = Objects.requireNonNull(catalog.find(id));
    }
    if (allowFutureMetadataUpdates) {
      registered = registered.withMetaInfo(metaInfo.withSerializerUpgradesAllowed());
      catalog.replace(registered);
    }
    return registered;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // descriptor types determine the state's types
  private <N, SV> AbstractLearnedState<K, N, SV> newState(
      StateDescriptor<?, SV> descriptor,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, SV> metaInfo) {
    RegisteredKeyValueStateBackendMetaInfo untyped = metaInfo;
    TypeSerializer<K> keys = keySerializer;
    return switch (descriptor.getType()) {
      case VALUE -> new LearnedValueState<>(context, keys, keyspace, metaInfo);
      case LIST -> new LearnedListState<>(context, keys, keyspace, untyped);
      case MAP -> new LearnedMapState<>(context, keys, keyspace, untyped);
      case REDUCING ->
          new LearnedReducingState<>(
              context, keys, keyspace, metaInfo, (ReducingStateDescriptor<SV>) descriptor);
      case AGGREGATING ->
          new LearnedAggregatingState<>(
              context, keys, keyspace, metaInfo, (AggregatingStateDescriptor<?, SV, ?>) descriptor);
      default ->
          throw new FlinkRuntimeException(
              "State " + descriptor.getClass() + " is not supported by " + getClass());
    };
  }

  @Override
  public TableState tableState() {
    if (catalog.find(StoreTableState.ID) == null) {
      catalog.registerAt(
          StoreTableState.ID, StateCatalog.TABLE_STATE_KEYSPACE, StoreTableState.metaInfo());
    }
    return tableState;
  }

  @Override
  @SuppressWarnings("unchecked") // a name keeps its types
  public <N, UK, UV> OrderedMapState<UK, UV> orderedMapState(
      N namespace, TypeSerializer<N> namespaceSerializer, MapStateDescriptor<UK, UV> descriptor)
      throws Exception {
    if (descriptor.getTtlConfig().isEnabled()) {
      throw new UnsupportedOperationException(
          "State "
              + descriptor.getName()
              + " has a time to live, which ordered access does not judge.");
    }
    // Registers it as any state; what it returns may be wrapped (latency tracking).
    getPartitionedState(namespace, namespaceSerializer, descriptor);
    return (OrderedMapState<UK, UV>)
        Objects.requireNonNull(createdStates.get(descriptor.getName()));
  }

  // ---------------------------------------------------------------- timers

  @Override
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(String name, TypeSerializer<T> serializer) {
    return create(name, serializer, false);
  }

  @Override
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(
          String name, TypeSerializer<T> serializer, boolean allowFutureMetadataUpdates) {
    return timerQueues.create(name, serializer, allowFutureMetadataUpdates);
  }

  // ---------------------------------------------------------------- keys

  @Override
  public <N> Stream<K> getKeys(String state, N namespace) {
    KeyNamespaceIterator<K, N> positions = this.<N>positions(state);
    if (positions == null) {
      return Stream.empty();
    }
    return stream(positions)
        .filter(position -> position.namespace().equals(namespace))
        .map(KeyNamespaceIterator.Position::key);
  }

  @Override
  public <N> Stream<K> getKeys(List<String> states, N namespace) {
    Set<K> seen = new HashSet<>();
    return states.stream().flatMap(state -> getKeys(state, namespace)).filter(seen::add);
  }

  @Override
  public <N> Stream<Tuple2<K, N>> getKeysAndNamespaces(String state) {
    KeyNamespaceIterator<K, N> positions = this.<N>positions(state);
    return positions == null
        ? Stream.empty()
        : stream(positions).map(position -> Tuple2.of(position.key(), position.namespace()));
  }

  @SuppressWarnings("unchecked") // the caller knows the state's namespace type
  private <N> @Nullable KeyNamespaceIterator<K, N> positions(String state) {
    RegisteredState registered = catalog.find(StateId.keyValue(state));
    if (registered == null
        || !(registered.metaInfo()
            instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo)) {
      return null;
    }
    return new KeyNamespaceIterator<>(
        context,
        registered.keyspace(),
        KeyNamespaceForm.of(
            context.keyPart(),
            KeyPart.of(
                (TypeSerializer<N>) metaInfo.getNamespaceSerializer(),
                registered.forms().namespace())));
  }

  private static <T> Stream<T> stream(Iterator<T> iterator) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(iterator, Spliterator.ORDERED), false);
  }

  @Override
  public int numKeyValueStateEntries() {
    int count = 0;
    for (RegisteredState state : catalog.states()) {
      if (state.metaInfo() instanceof RegisteredKeyValueStateBackendMetaInfo) {
        for (int keyGroup : keyGroupRange) {
          EntryPages entries = context.entries(state.keyspace(), keyGroup);
          while (entries.hasNext()) {
            entries.next();
            count++;
          }
        }
      }
    }
    return count;
  }

  // ---------------------------------------------------------------- snapshots

  @Override
  public RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot(
      long checkpointId,
      long timestamp,
      CheckpointStreamFactory streamFactory,
      CheckpointOptions checkpointOptions)
      throws Exception {
    return new SnapshotStrategyRunner<>(
            "Learned store image",
            snapshotStrategy,
            cancelStreamRegistry,
            SnapshotExecutionType.ASYNCHRONOUS)
        .snapshot(checkpointId, timestamp, streamFactory, checkpointOptions);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if there is table state, whose versions the canonical
   *     format cannot hold
   */
  @Override
  public SavepointResources<K> savepoint() {
    if (catalog.find(StoreTableState.ID) != null) {
      throw new UnsupportedOperationException(
          "The canonical savepoint format has no place for the versions of table state. Take a"
              + " native savepoint (--type native) or a checkpoint instead.");
    }
    return new SavepointResources<>(
        new CanonicalSnapshot<>(
            context,
            catalog,
            savepointVersions,
            storeGuard,
            keySerializer,
            keyGroupCompressionDecorator),
        SnapshotExecutionType.ASYNCHRONOUS);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    snapshotStrategy.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) {
    snapshotStrategy.notifyCheckpointAborted(checkpointId);
  }

  void registerMetrics(MetricGroup operatorGroup) {
    StoreGauges.register(operatorGroup, context.store());
    restoreCounts.register(operatorGroup);
  }

  /** What the store of this backend consists of now. Task thread. */
  public StoreStatistics storeStatistics() {
    return context.store().statistics();
  }

  /** The store beneath, for tests that say when it compacts. */
  LearnedStore store() {
    return context.store();
  }

  // ---------------------------------------------------------------- life

  @Override
  public void dispose() {
    if (disposed) {
      return;
    }
    disposed = true;
    super.dispose();
    readGate.closeAndWait();
    storeGuard.close();
    context.store().close();
    IOUtils.closeQuietly(memory);
    try {
      FileUtils.deleteDirectory(directory.toFile());
    } catch (IOException e) {
      LOG.warn("The working directory {} could not be deleted.", directory, e);
    }
  }

  @Override
  public boolean isSafeToReuseKVState() {
    return true;
  }

  @Override
  public String getBackendTypeIdentifier() {
    return "learned";
  }
}
